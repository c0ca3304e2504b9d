import { buildMessage, ValidateBy, type ValidationOptions } from 'class-validator';

const IS_WELL_FORMED = 'isWellFormed';
const IS_GIT_TEXT = 'isGitText';

/** Text without half of a surrogate pair, which no UTF-8 can carry and each encoder replaces in its own way. */
export function isWellFormed(value: unknown): boolean {
  // In Node since version 20, in TypeScript's library only since ES2024.
  return typeof value === 'string' && (value as string & { isWellFormed(): boolean }).isWellFormed();
}

/** Well-formed text that git can take as one argument: without NUL, which ends an argument. */
export function isGitText(value: unknown): boolean {
  return isWellFormed(value) && !(value as string).includes('\0');
}

export const IsWellFormed = (options?: ValidationOptions): PropertyDecorator =>
  ValidateBy(
    {
      name: IS_WELL_FORMED,
      validator: {
        validate: isWellFormed,
        defaultMessage: buildMessage((each) => `${each}$property must be well-formed Unicode`, options),
      },
    },
    options,
  );

export const IsGitText = (options?: ValidationOptions): PropertyDecorator =>
  ValidateBy(
    {
      name: IS_GIT_TEXT,
      validator: {
        validate: isGitText,
        defaultMessage: buildMessage(
          (each) => `${each}$property must be well-formed Unicode without NUL`,
          options,
        ),
      },
    },
    options,
  );
