import 'reflect-metadata';

const SUMMARY = Symbol('summary');

/** What a call does, for /admin/openapi.json: kept as plain metadata, so that starting does not load the generator. */
export function Summary(text: string): MethodDecorator {
  return (_target, _key, descriptor: PropertyDescriptor) => {
    Reflect.defineMetadata(SUMMARY, text, descriptor.value as object);
  };
}

export function summaryOf(method: object): string | undefined {
  return Reflect.getMetadata(SUMMARY, method) as string | undefined;
}
