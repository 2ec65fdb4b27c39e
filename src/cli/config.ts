import 'reflect-metadata';
import { describeConfig } from '../config/describe-config.js';
import { readConfig } from '../config/read-config.js';

process.stdout.write(`${describeConfig(await readConfig())}\n`);
