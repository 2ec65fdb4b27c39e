import { Injectable, type PipeTransform, type ArgumentMetadata } from '@nestjs/common';
import { getMetadataStorage, validateSync, type ValidationError } from 'class-validator';
import { RpcError } from '../rpc/rpc-error.js';

const MAX_FAULTS = 20;
const UNKNOWN = 'is not a known field';

/** The fault that is told as a sentence instead of by its field. */
export const EMPTY_COMMAND = 'Command cannot be empty';

/** A class of params. `nested` names the classes of the fields that hold an object of declared fields. */
interface ParamsClass {
  new (): object;
  readonly nested?: Readonly<Record<string, ParamsClass>>;
}

interface Fault {
  readonly field: string;
  readonly message: string;
}

/**
 * Turns a request's `params` into the handler's params class, by its class-validator rules; what it does not declare is
 * refused. Absent params are an empty object.
 */
@Injectable()
export class ParamsPipe implements PipeTransform<unknown, object> {
  /** @throws RpcError Invalid params, naming every fault by its field */
  transform(params: unknown = {}, { metatype }: ArgumentMetadata): object {
    if (metatype === undefined) throw new Error('A handler declares no params class');
    if (!isObject(params)) throw RpcError.invalidParams('Parameters are passed by name, in an object');
    const unknown: Fault[] = [];
    const instance = instantiate(metatype, params, '', unknown);
    const faults = validateSync(instance, { forbidUnknownValues: false }).flatMap((fault) => flatten(fault, ''));
    if (faults.some(({ message }) => message === EMPTY_COMMAND)) throw RpcError.invalidParams(EMPTY_COMMAND);
    const errors = [...unknown, ...faults];
    if (errors.length > 0) throw RpcError.invalidParams({ errors: errors.slice(0, MAX_FAULTS) });
    return instance;
  }
}

/** Declared fields only, as they were sent: no value is copied or converted, whatever it holds. */
function instantiate(metatype: ParamsClass, params: Record<string, unknown>, path: string, unknown: Fault[]): object {
  const declared = declaredFields(metatype);
  const instance: Record<string, unknown> = new metatype() as Record<string, unknown>;
  for (const [field, value] of Object.entries(params)) {
    const nested = metatype.nested?.[field];
    if (!declared.has(field)) unknown.push({ field: `${path}${field.slice(0, 100)}`, message: UNKNOWN });
    else if (nested !== undefined && isObject(value))
      instance[field] = instantiate(nested, value, `${path}${field}.`, unknown);
    else instance[field] = value;
  }
  return instance;
}

const declaredByClass = new WeakMap<ParamsClass, ReadonlySet<string>>();

function declaredFields(metatype: ParamsClass): ReadonlySet<string> {
  const known = declaredByClass.get(metatype);
  if (known !== undefined) return known;
  const rules = getMetadataStorage().getTargetValidationMetadatas(metatype, '', false, false);
  const declared = new Set(rules.map(({ propertyName }) => propertyName));
  declaredByClass.set(metatype, declared);
  return declared;
}

function flatten(fault: ValidationError, path: string): Fault[] {
  const field = `${path}${fault.property}`;
  const messages = Object.values(fault.constraints ?? {});
  return [
    ...messages.slice(-1).map((message) => ({ field, message })),
    ...(fault.children ?? []).flatMap((child) => flatten(child, `${field}.`)),
  ];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
