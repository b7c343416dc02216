# control: the HTTP port.
