import { type LoggerService } from '@nestjs/common';

/** Keeps what was logged, by component. */
export class RecordingLogger implements LoggerService {
  readonly lines: { readonly component: string; readonly message: string; readonly fields: object }[] = [];

  log(message: unknown, ...rest: unknown[]): void {
    this.keep(message, rest);
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.keep(message, rest);
  }

  error(message: unknown, ...rest: unknown[]): void {
    this.keep(message, rest);
  }

  /** The fields of the records of one component. */
  of(component: string): Record<string, unknown>[] {
    return this.lines.filter((line) => line.component === component).map(({ fields }) => ({ ...fields }));
  }

  private keep(message: unknown, rest: readonly unknown[]): void {
    const component = typeof rest.at(-1) === 'string' ? String(rest.at(-1)) : '';
    const fields = rest.find((one) => typeof one === 'object' && one !== null) ?? {};
    this.lines.push({ component, message: String(message), fields });
  }
}
