import { Choice } from '../setting.decorators.js';

export class LogConfig {
  @Choice('Least severe level that is written', ['trace', 'debug', 'info', 'warn', 'error', 'fatal'])
  level: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' = 'info';

  @Choice('auto: pretty on a terminal, JSON otherwise', ['auto', 'json', 'pretty'])
  format: 'auto' | 'json' | 'pretty' = 'auto';
}
