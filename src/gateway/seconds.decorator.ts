import { IsNumber, Max, Min } from 'class-validator';

const YEAR_SECONDS = 31_536_000;

/** A length of time in seconds, 0 to a year. */
export function IsSeconds(): PropertyDecorator {
  const rules = [IsNumber({ allowNaN: false, allowInfinity: false }), Min(0), Max(YEAR_SECONDS)];
  return (target, property) => {
    for (const rule of rules) rule(target, property);
  };
}
