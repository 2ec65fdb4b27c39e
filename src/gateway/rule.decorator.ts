import { ValidateBy } from 'class-validator';

/** A rule of a params class's own. `params` is the whole object, for rules between fields. */
export function Rule(
  name: string,
  message: string,
  holds: (value: unknown, params: object) => boolean,
): PropertyDecorator {
  return ValidateBy({
    name,
    validator: {
      validate: (value, args) => holds(value, args?.object ?? {}),
      defaultMessage: () => message,
    },
  });
}
