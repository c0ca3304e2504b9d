import { Bytes, Count, Duration, TextList } from '../setting.decorators.js';

export class GatewayConfig {
  @TextList(
    'Host header values served, besides loopback names when listening on loopback; a value without port matches any port',
    'address',
  )
  allowedHosts: string[] = ['localhost', '127.0.0.1', '[::1]'];

  @TextList(
    'Origin header values served, as scheme://host[:port]; a value without port matches any port; requests without Origin are served',
    'address',
  )
  allowedOrigins: string[] = [
    'http://localhost',
    'http://127.0.0.1',
    'http://[::1]',
    'https://localhost',
    'https://127.0.0.1',
    'https://[::1]',
  ];

  @Bytes('Largest frame accepted; above it the socket is closed with 1009', { min: 1_024, max: 16 * 2 ** 20 })
  maxPayloadBytes = 2 ** 20;

  @Count('Most fragments of one message', { min: 1, max: 16_384 })
  maxFragments = 256;

  @Bytes('Bytes waiting for a slow reader at which its socket is closed with 1008', { min: 65_536 })
  maxBufferedBytes = 8 * 2 ** 20;

  @Count('Requests of one socket in progress at once; above it temporary_resource_unavailable', { min: 1 })
  maxConcurrentRequests = 128;

  @Count('Most sockets from one address', { min: 1 })
  maxConnectionsPerAddress = 10_000;

  @Duration('How long a closing socket may take to answer before it is cut')
  closeTimeout = 5_000;
}
