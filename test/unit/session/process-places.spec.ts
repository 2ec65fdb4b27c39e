import { describe, expect, it } from '@jest/globals';
import { ProcessPlaces } from '../../../src/session/process-places.js';
import { SessionError } from '../../../src/session/session-error.js';

describe('the places of all sessions', () => {
  it('are as many as the limit, and given back', () => {
    const places = new ProcessPlaces(2);
    const leave = places.take();
    places.take();

    expect(() => places.take()).toThrow(new SessionError({ kind: 'process-limit', limit: 2 }));
    leave();
    expect(() => places.take()).not.toThrow();
    expect(() => places.take()).toThrow(SessionError);
  });

  it('have no end without a limit', () => {
    const places = new ProcessPlaces(null);
    for (let turn = 0; turn < 1000; turn++) places.take();

    expect(() => places.take()).not.toThrow();
  });
});
