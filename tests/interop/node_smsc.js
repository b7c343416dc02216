// node_smsc.js - a carrier made of node-smpp, whose codec and sessions owe Relais nothing.
//
//     node node_smsc.js MODULES CONTROL '{"ids": "hex", ...}'
//
// MODULES is the directory with node_modules, CONTROL a unix socket that takes one JSON object a
// line. Writes one JSON object a line: what it was asked and told. Options: ids (hex or decimal),
// throttle (every so many submits one is refused with ESME_RTHROTTLED), refuse ({destination:
// status}), receipts (false: none), password, cert and key (TLS).
'use strict';
const fs = require('fs');
const net = require('net');
const path = require('path');

const [modules, control, settings] = process.argv.slice(2);
const smpp = require(path.join(modules, 'node_modules', 'smpp'));
const options = JSON.parse(settings || '{}');
const sessions = new Set();
let nextId = 0xabc001, submits = 0;

function say(event, fields) {
    console.log(JSON.stringify(Object.assign({ event }, fields)));
}

// Everything of a PDU that JSON can hold.
function plain(pdu) {
    const fields = {};
    for (const key of Object.keys(pdu)) {
        const value = pdu[key];
        if (Buffer.isBuffer(value))
            fields[key] = value.toString('hex');
        else if (key === 'short_message')
            Object.assign(fields, { text: value.message,
                                    udh: (value.udh || []).map((e) => e.toString('hex')) });
        else if (value === null || typeof value !== 'object' || value instanceof Date)
            fields[key] = value;
    }
    return fields;
}

// SMPP 3.4, appendix B
function receiptText(id, state) {
    return `id:${id} sub:001 dlvrd:001 submit date:2601010000 done date:2601010000 ` +
           `stat:${state} err:000 text:`;
}

function deliver(session, fields) {
    session.deliver_sm(fields, (answer) => say('deliver_sm_resp',
        { command_status: answer.command_status, sequence_number: answer.sequence_number }));
}

function sendReceipt(session, pdu, id) {
    deliver(session, {
        source_addr: pdu.destination_addr, source_addr_ton: pdu.dest_addr_ton,
        source_addr_npi: pdu.dest_addr_npi, destination_addr: pdu.source_addr,
        esm_class: smpp.ESM_CLASS.MC_DELIVERY_RECEIPT, data_coding: 0,
        short_message: receiptText(String(id).padStart(10, '0'), 'DELIVRD'),
        message_state: smpp.MESSAGE_STATE.DELIVERED,
    });
}

function onSubmit(session, pdu) {
    const refusal = (options.refuse || {})[pdu.destination_addr];
    submits += 1;
    if (options.throttle && submits % options.throttle === 0) {
        session.send(pdu.response({ command_status: smpp.ESME_RTHROTTLED }));
        say('throttled', {});
        return;
    }
    if (refusal) {
        session.send(pdu.response({ command_status: refusal }));
        say('refused', plain(pdu));
        return;
    }
    const id = nextId++;
    say('submit_sm', Object.assign({ id }, plain(pdu)));
    session.send(pdu.response({ message_id: options.ids === 'hex' ? id.toString(16).toUpperCase()
                                                                  : String(id) }));
    if (options.receipts !== false && pdu.registered_delivery & 1)
        setTimeout(() => sendReceipt(session, pdu, id), 20);
}

function onBind(session, pdu, receives) {
    say(pdu.command, plain(pdu));
    if (options.password && pdu.password !== options.password) {
        session.send(pdu.response({ command_status: smpp.ESME_RINVPASWD }));
        session.close();
        return;
    }
    session.receives = receives;
    sessions.add(session);
    session.send(pdu.response({ system_id: 'node-smpp' }));
}

function onSession(session) {
    session.on('bind_transceiver', (pdu) => onBind(session, pdu, true));
    session.on('bind_receiver', (pdu) => onBind(session, pdu, true));
    session.on('bind_transmitter', (pdu) => onBind(session, pdu, false));
    session.on('submit_sm', (pdu) => onSubmit(session, pdu));
    session.on('enquire_link', (pdu) => {
        say('enquire_link', {});
        session.send(pdu.response());
    });
    session.on('unbind', (pdu) => {
        say('unbind', {});
        session.send(pdu.response(), () => session.close());
    });
    session.on('unknown', (pdu) => say('unknown', plain(pdu)));
    session.on('generic_nack', (pdu) => say('generic_nack', plain(pdu)));
    session.on('error', (error) => say('error', { message: error.message }));
    session.on('close', () => {
        sessions.delete(session);
        say('close', {});
    });
}

function receiver() {
    return [...sessions].find((session) => session.receives);
}

const commands = {
    // {"do": "mo", "from": ..., "to": ..., "texts": [...]}: several texts are parts of one message
    mo({ from, to, texts, data_coding }) {
        texts.forEach((message, i) => {
            const udh = texts.length > 1 ? Buffer.from([5, 0, 3, 77, texts.length, i + 1]) : undefined;
            deliver(receiver(), {
                source_addr: from, source_addr_ton: 1, source_addr_npi: 1, destination_addr: to,
                data_coding: data_coding === undefined ? null : data_coding,
                short_message: udh ? { udh, message } : { message },
            });
        });
    },
    enquire() {
        receiver().enquire_link((answer) => say('enquire_link_resp', plain(answer)));
    },
    unbind() {
        receiver().unbind((answer) => say('unbind_resp', plain(answer)));
    },
    // A command that SMPP has and an SMSC has no business to send.
    query() {
        receiver().query_sm({ message_id: '1', source_addr: '1' });
    },
};

const tls = options.cert ? { cert: fs.readFileSync(options.cert), key: fs.readFileSync(options.key) }
                         : {};
const server = smpp.createServer(tls, onSession);
server.on('tlsClientError', (error) => say('tls_error', { message: error.message }));
server.listen(options.port || 0, '127.0.0.1', () => {
    net.createServer((client) => {
        let text = '';
        client.on('data', (data) => {
            text += data;
            if (!text.endsWith('\n'))
                return;
            const command = JSON.parse(text);
            text = '';
            commands[command.do](command);
            client.end('ok\n');
        });
    }).listen(control, () => say('listening', { port: server.address().port }));
});
process.on('SIGTERM', () => process.exit(0));
