import { classify } from '../../resilience/classify.js';
import { ServerError } from '../../shared/errors/index.js';

const CERTIFICATE =
  /^(CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|ERR_TLS_|ERR_SSL_|INVALID_CA|INVALID_PURPOSE|HOSTNAME_MISMATCH|EPROTO)/;
const NO_HTTP = /^(HPE_|ERR_HTTP_|ERR_INVALID_|ERR_UNESCAPED_)/;

/** What it means that a host could not be asked, or did not answer as HTTP has it. */
export function httpFailure(error: unknown): ServerError {
  const code = String((error as NodeJS.ErrnoException | null)?.code ?? '');
  if (CERTIFICATE.test(code)) {
    const message = "The host's certificate cannot be verified, or it speaks no TLS";
    return failed('certificate', message, error);
  }
  if (NO_HTTP.test(code)) return noHttp(error);
  if (code === 'ERR_STREAM_PREMATURE_CLOSE') return cutOff(error);
  return classify(error);
}

function cutOff(cause: unknown): ServerError {
  const message = 'The host ended the connection too early; try again later';
  return new ServerError('temporary_resource_unavailable', message, {
    cause,
    retryAfterMs: 5_000,
    details: { reason: 'unreachable' },
  });
}

export function stalled(): ServerError {
  return new ServerError(
    'network_timeout',
    'The host sent and took too little for too long; try again later',
    {
      retryAfterMs: 5_000,
      details: { reason: 'remote-timeout' },
    },
  );
}

export function noHttp(cause?: unknown): ServerError {
  return failed('bad-answer', 'The host does not speak HTTP as it should', cause);
}

function failed(reason: string, message: string, cause: unknown): ServerError {
  return new ServerError('operation_failed', message, { cause, details: { reason } });
}
