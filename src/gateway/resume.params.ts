import { IsOptional, IsString, IsUUID, Length } from 'class-validator';
import { Rule } from './rule.decorator.js';

const MOST_NAMED = 10_000;
const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

/** Params of `resume`. */
export class ResumeParams {
  @IsUUID()
  session_id!: string;

  @IsString()
  @Length(1, 128)
  resume_token!: string;

  /** The last event that the client has, by execution; 0 = none. */
  @IsOptional()
  @Rule('isLastSeq', `must be an object of at most ${MOST_NAMED} event numbers by execution_id`, isLastSeq)
  last_seq?: Record<string, number>;
}

function isLastSeq(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const entries = Object.entries(value);
  return entries.length <= MOST_NAMED && entries.every(([id, seq]) => UUID.test(id) && isSeq(seq));
}

function isSeq(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
