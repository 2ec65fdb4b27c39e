const MAX_CHARACTERS = 64;

/** A part of a task in the form that keys are made of, [a-z0-9_.-]{1,64}; undefined where nothing is given. */
export function taskPart(text: string | undefined): string | undefined {
  if (text === undefined || text === '') return undefined;
  return text
    .slice(0, MAX_CHARACTERS)
    .toLowerCase()
    .replaceAll(/[^a-z0-9_.-]/gu, '_')
    .slice(0, MAX_CHARACTERS);
}
