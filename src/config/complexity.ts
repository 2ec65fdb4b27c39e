/** How much work a task is, least first. */
export const COMPLEXITIES = ['trivial', 'low', 'simple', 'medium', 'high', 'complex', 'extreme'] as const;

export type Complexity = (typeof COMPLEXITIES)[number];
