/**
 * agnhost's image brings a certificate for example.com and the loopback addresses, with its key, so that
 * netexec can speak TLS without any set-up. Everyone has it: it proves nothing.
 */
export const LOCALHOST_FILES: Readonly<Record<string, string>> = {
  '/localhost.crt': `-----BEGIN CERTIFICATE-----
MIIBazCCARGgAwIBAgIUaxuVZZaaxyN/W6t5CowUbrpwNt8wCgYIKoZIzj0EAwIw
EjEQMA4GA1UECgwHQWNtZSBDbzAgFw03MDAxMDEwMDAwMDBaGA8yMDg0MDEyOTE2
MDAwMFowEjEQMA4GA1UECgwHQWNtZSBDbzBZMBMGByqGSM49AgEGCCqGSM49AwEH
A0IABD4tmC92k200CVK7eNceE9FwnlxD0yPtw6FzudCb3tqyxm8mDbyo+AO/JHou
Ctl49ot3/BfEKd6+CZoslViKcEqjQzBBMA8GA1UdEwEB/wQFMAMBAf8wLgYDVR0R
BCcwJYILZXhhbXBsZS5jb22HBH8AAAGHEAAAAAAAAAAAAAAAAAAAAAEwCgYIKoZI
zj0EAwIDSAAwRQIgFHukdIVTKr+thqrFQ9Q+sG9jLiwViO41AkJFcIkbDX8CIQDR
Ah5pg5zW6Dk9Uoj35o+PdkarK2Sl+rFK4AXUftGuZA==
-----END CERTIFICATE-----
`,
  '/localhost.key': `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg1PMG5425o+3A3c7V
oZFNbp+grJdOlxv7xxUYlMPvMb6hRANCAAQ+LZgvdpNtNAlSu3jXHhPRcJ5cQ9Mj
7cOhc7nQm97assZvJg28qPgDvyR6LgrZePaLd/wXxCnevgmaLJVYinBK
-----END PRIVATE KEY-----
`,
};
