import { ServerError } from '../../shared/errors/index.js';
import { type ToolContext } from '../tool.js';

/** @throws ServerError `forbidden` with `details.reason: 'no_session'` */
export function placeOf({ place }: ToolContext): NonNullable<ToolContext['place']> {
  if (place !== undefined) return place;
  const message =
    'This connection has no session that could remember anything between calls; give the absolute path with each call';
  throw new ServerError('forbidden', message, { details: { reason: 'no_session' } });
}
