/**
 * A certificate authority of these tests and the certificate of its services in one: `lever.test` with every name below, and 127.0.0.1, for a
 * hundred years. Worth nothing elsewhere.
 */
export const PRIVATE_CA = {
  cert: `-----BEGIN CERTIFICATE-----
MIIBqzCCAVKgAwIBAgIUZ8Fo0DAQNLgyNEXkYKpxZn9PTncwCgYIKoZIzj0EAwIw
FTETMBEGA1UEAwwKbGV2ZXIudGVzdDAgFw0yNjExMjgwMzM4MzhaGA8yMTI2MTEw
NDAzMzgzOFowFTETMBEGA1UEAwwKbGV2ZXIudGVzdDBZMBMGByqGSM49AgEGCCqG
SM49AwEHA0IABALURDM4zlGhL6i9ILe+jXZ7X1KbZzWIvoUhYYSPwVzi0J6NF6zB
7b/D97gsUSthkgm/oKS6ftxl9En4slr/MpyjfjB8MB0GA1UdDgQWBBRwt58gy6c+
nBMUePLwY1Ka5ii98jAfBgNVHSMEGDAWgBRwt58gy6c+nBMUePLwY1Ka5ii98jAp
BgNVHREEIjAgggpsZXZlci50ZXN0ggwqLmxldmVyLnRlc3SHBH8AAAEwDwYDVR0T
AQH/BAUwAwEB/zAKBggqhkjOPQQDAgNHADBEAh8w396O2oDFkHAYPii8GKhmThFV
DgNaa9GTqVpYdqU8AiEAon+AEU5X8lITW8wJ6YXmVOsetTVmD3kkpllQxsQWzbM=
-----END CERTIFICATE-----
`,
  key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgKVKoPhZt3pE3uVfC
lDquUPspdV5QNPw66dPMzSZjGxuhRANCAAQC1EQzOM5RoS+ovSC3vo12e19Sm2c1
iL6FIWGEj8Fc4tCejReswe2/w/e4LFErYZIJv6Ckun7cZfRJ+LJa/zKc
-----END PRIVATE KEY-----
`,
};
