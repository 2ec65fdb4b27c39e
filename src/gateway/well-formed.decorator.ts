import { ValidateBy } from 'class-validator';

/** A string that can be handed to the system as it is: Unicode without lone surrogates, and no NUL. */
export function IsText(): PropertyDecorator {
  return ValidateBy({
    name: 'isText',
    validator: { validate: isText, defaultMessage: () => 'must be a string of well-formed Unicode without NUL' },
  });
}

/** A non-empty array of such strings. */
export function IsArgv(): PropertyDecorator {
  return ValidateBy({
    name: 'isArgv',
    validator: {
      validate: (value: unknown) => Array.isArray(value) && value.length > 0 && value.every(isText) && value[0] !== '',
      defaultMessage: () =>
        'must be a program and its arguments: a non-empty array of strings of well-formed Unicode without NUL',
    },
  });
}

/** An object of such strings. */
export function IsTextMap(): PropertyDecorator {
  return ValidateBy({
    name: 'isTextMap',
    validator: {
      validate: isTextMap,
      defaultMessage: () => 'must be an object of strings of well-formed Unicode without NUL',
    },
  });
}

/** Environment variables a client may set. */
export function IsEnvironment(): PropertyDecorator {
  return ValidateBy({
    name: 'isEnvironment',
    validator: {
      validate: (value: unknown) =>
        isTextMap(value) &&
        Object.keys(value).every((name) => name !== '' && !name.includes('=') && !name.startsWith('CC_EXECUTOR_')),
      defaultMessage: () =>
        'must be an object of strings whose names are not empty, hold no "=" and do not start with CC_EXECUTOR_',
    },
  });
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && !value.includes('\0') && !/\p{Surrogate}/u.test(value);
}

function isTextMap(value: unknown): value is Record<string, string> {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.entries(value).every(([name, text]) => isText(name) && isText(text))
  );
}
