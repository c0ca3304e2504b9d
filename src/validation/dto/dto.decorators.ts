import { ValidateIf } from 'class-validator';

/** What a lenient server may excuse in a field, beyond what it excuses everywhere. */
export type Leniency =
  /** A finite number is taken as its decimal text. For identifiers; never for revisions, where `1e7` is a name. */
  | 'number-as-text'
  /** A required field may be left out. */
  | 'may-be-missing'
  /** One text is taken as a list of one. */
  | 'one-as-list'
  /** An object is taken as its JSON text. For fields that hold what no schema describes. */
  | 'object-as-json'
  /** An empty text in an optional field is taken for an absent one. */
  | 'empty-as-absent';

interface FieldNotes {
  description?: string;
  nullable?: boolean;
  leniencies?: readonly Leniency[];
}

const NOTES = Symbol('dto-notes');

function annotate(notes: FieldNotes): PropertyDecorator {
  return (target, key) => {
    const known = new Map(notesOf(target));
    known.set(String(key), { ...known.get(String(key)), ...notes });
    Reflect.defineMetadata(NOTES, known, target);
  };
}

/** What this module's own decorators say of a class's fields, inherited ones included. */
export function notesOf(prototype: object): ReadonlyMap<string, FieldNotes> {
  return (Reflect.getMetadata(NOTES, prototype) as ReadonlyMap<string, FieldNotes> | undefined) ?? new Map();
}

/** The description of a field in the JSON Schema, written for a model. */
export const Describe = (description: string): PropertyDecorator => annotate({ description });

/** Excuses that apply when the server's validation mode is `lenient`; each use becomes a warning. */
export const Lenient = (...leniencies: Leniency[]): PropertyDecorator => annotate({ leniencies });

/** One function for all fields, so that the compiler of checks recognises it. */
export const isNotNull = (_object: object, value: unknown): boolean => value !== null;

/** The field is required and may be `null`. */
export const Nullable = (): PropertyDecorator => (target, key) => {
  ValidateIf(isNotNull)(target, String(key));
  annotate({ nullable: true })(target, key);
};
