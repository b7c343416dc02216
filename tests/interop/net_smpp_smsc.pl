#!/usr/bin/perl
# net_smpp_smsc.pl CONTROL JSON - a carrier made of Net::SMPP, whose codec owes Relais nothing.
#
# CONTROL is a unix socket that takes one JSON object a line. Writes one JSON object a line: what it
# was asked and told. Options: refuse ({destination: status}), prefix (of the message ids).
use strict;
use warnings;
use Encode qw(decode encode);
use IO::Select;
use IO::Socket::UNIX;
use JSON::PP;
use Net::SMPP;

my ($control_path, $settings) = @ARGV;
my $options = decode_json($settings || '{}');
my $json = JSON::PP->new->utf8->canonical;
my ($next_id, @due, %sessions) = (4711);
$| = 1;
$SIG{PIPE} = 'IGNORE';
$SIG{TERM} = sub { exit 0 };

sub say_event {
    my ($event, %fields) = @_;
    print $json->encode({ event => $event, %fields }), "\n";
}

# The fields of a PDU, with its text decoded and the elements of its user data header apart.
sub plain {
    my ($pdu) = @_;
    my %fields;
    for my $key (grep { !/^(data|reserved|\d+|short_message)$/ } keys %$pdu) {
        $fields{$key} = $pdu->{$key} if defined $pdu->{$key};
    }
    if (defined $pdu->{short_message}) {
        my ($text, @udh) = ($pdu->{short_message});
        if ($pdu->{esm_class} & 0x40) {
            my $header = substr($text, 1, ord($text));
            $text = substr($text, 1 + ord($text));
            while (length $header) {
                my $n = 2 + ord(substr($header, 1, 1));
                push @udh, unpack('H*', substr($header, 0, $n, ''));
            }
        }
        $fields{udh} = \@udh;
        $fields{text} = decode($pdu->{data_coding} == 8 ? 'UTF-16BE' : 'GSM0338', $text);
    }
    $fields{sequence_number} = $pdu->{seq};
    $fields{user_message_reference} = unpack('n', $pdu->{user_message_reference})
        if defined $pdu->{user_message_reference};
    return %fields;
}

sub receipt {
    my ($session, $pdu, $id, $state, $code) = @_;
    my $stat = $state == 2 ? 'DELIVRD' : 'UNDELIV';
    $session->deliver_sm(
        async => 1,
        source_addr => $pdu->{destination_addr}, source_addr_ton => $pdu->{dest_addr_ton},
        source_addr_npi => $pdu->{dest_addr_npi}, destination_addr => $pdu->{source_addr},
        esm_class => 4,
        short_message => sprintf('id:%s sub:001 dlvrd:%03d submit date:2601010000'
            . ' done date:2601010000 stat:%s err:%03d Text:', $id, $state == 2, $stat, $code),
        receipted_message_id => "$id\0", message_state => chr($state),
        network_error_code => pack('Cn', 3, $code));
}

sub on_submit {
    my ($session, $pdu) = @_;
    my $refusal = ($options->{refuse} || {})->{ $pdu->{destination_addr} };
    if ($refusal) {
        # Net::SMPP gives its refusals a body: an empty message id.
        $session->submit_sm_resp(seq => $pdu->{seq}, status => $refusal, message_id => '');
        say_event('refused', plain($pdu));
        return;
    }
    my $id = ($options->{prefix} || '') . $next_id++;
    my $failed = ($options->{fail} || {})->{ $pdu->{destination_addr} };
    say_event('submit_sm', plain($pdu), id => $id);
    if ($options->{receipt_first}) {
        receipt($session, $pdu, $id, $failed ? 5 : 2, $failed || 0);
    } else {
        push @due, sub { receipt($session, $pdu, $id, $failed ? 5 : 2, $failed || 0) };
    }
    $session->submit_sm_resp(seq => $pdu->{seq}, message_id => $id);
}

my %handlers = (
    bind_transceiver => sub {
        my ($session, $pdu) = @_;
        say_event('bind_transceiver', plain($pdu));
        $session->bind_transceiver_resp(seq => $pdu->{seq}, system_id => 'Net::SMPP');
    },
    submit_sm => \&on_submit,
    enquire_link => sub {
        my ($session, $pdu) = @_;
        say_event('enquire_link');
        $session->enquire_link_resp(seq => $pdu->{seq});
    },
    unbind => sub {
        my ($session, $pdu) = @_;
        say_event('unbind');
        $session->unbind_resp(seq => $pdu->{seq});
    },
);

my %commands = (
    mo => sub {
        my ($session, $c) = @_;
        my ($n, $i) = (scalar @{ $c->{texts} }, 0);
        for my $text (@{ $c->{texts} }) {
            my $coding = $c->{data_coding} // 0;
            my $bytes = encode($coding == 8 ? 'UTF-16BE' : $coding == 3 ? 'iso-8859-1' : 'GSM0338', $text);
            $bytes = pack('C6', 5, 0, 3, 99, $n, ++$i) . $bytes if $n > 1;
            $session->deliver_sm(async => 1, source_addr => $c->{from}, source_addr_ton => 1,
                source_addr_npi => 1, destination_addr => $c->{to}, data_coding => $coding,
                esm_class => $n > 1 ? 0x40 : 0, short_message => $bytes);
        }
    },
    payload => sub {
        my ($session, $c) = @_;
        $session->deliver_sm(async => 1, source_addr => $c->{from}, source_addr_ton => 1,
            source_addr_npi => 1, destination_addr => $c->{to}, data_coding => 8,
            message_payload => encode('UTF-16BE', $c->{text}));
    },
    enquire => sub { $_[0]->enquire_link(async => 1) },
    unbind => sub { $_[0]->unbind(async => 1) },
    data => sub { $_[0]->data_sm(async => 1, source_addr => '1', destination_addr => '2',
                                 message_payload => 'x') },
);

my $smsc = Net::SMPP->new_listen('127.0.0.1', port => 0) or die "cannot listen: $!";
my $control = IO::Socket::UNIX->new(Local => $control_path, Listen => 5) or die "cannot listen: $!";
my $select = IO::Select->new($smsc, $control);
say_event('listening', port => $smsc->sockport + 0);

while (1) {
    for my $ready ($select->can_read(@due ? 0.02 : undef)) {
        if ($ready == $smsc) {
            my $session = $smsc->accept or next;
            $select->add($session);
            $sessions{$session} = $session;
        } elsif ($ready == $control) {
            my $client = $control->accept or next;
            my $command = decode_json(scalar <$client>);
            $commands{ $command->{do} }->((values %sessions)[0], $command);
            print $client "ok\n";
            close $client;
        } else {
            my $pdu = $ready->read_pdu;
            if (!$pdu) {
                say_event('close');
                $select->remove($ready);
                delete $sessions{$ready};
                close $ready;
                next;
            }
            my $name = $pdu->explain_cmd;
            if ($handlers{$name}) {
                $handlers{$name}->($ready, $pdu);
            } else {
                say_event($name, status => $pdu->{status} + 0, sequence_number => $pdu->{seq} + 0);
            }
        }
    }
    (shift @due)->() while @due;
}
