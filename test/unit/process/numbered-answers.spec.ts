import { describe, expect, it } from '@jest/globals';
import { NumberedAnswers } from '../../../src/process/numbered-answers.js';

describe('numbered answers', () => {
  it('reach those who asked, in whatever order they come', async () => {
    const answers = new NumberedAnswers<string>();
    const numbers: number[] = [];
    const asked = ['a', 'b', 'c'].map(() => answers.ask((number) => numbers.push(number)));
    for (const number of [...numbers].reverse()) answers.settle(number, `answer ${number}`);

    expect(new Set(numbers).size).toBe(3);
    expect(await Promise.all(asked)).toEqual(numbers.map((number) => `answer ${number}`));
  });

  it('to no question are passed over', () => {
    const answers = new NumberedAnswers<string>();

    expect(() => {
      answers.settle(7, 'late');
    }).not.toThrow();
  });

  it('are one for all where no others will come', async () => {
    const answers = new NumberedAnswers<boolean>();
    const asked = [answers.ask(() => undefined), answers.ask(() => undefined)];
    answers.settleAll(false);

    expect(await Promise.all(asked)).toEqual([false, false]);
  });
});
