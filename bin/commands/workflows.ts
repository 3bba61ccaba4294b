import type { Command } from 'commander';
import { addCheck } from './check.ts';
import { addGraph } from './graph.ts';
import { addManagement } from './manage-workflows.ts';
import { addNew } from './new.ts';
import { addTest } from './test.ts';

export function addWorkflows(program: Command): void {
  const workflows = program.command('workflows').description('write, test and manage workflows');
  addNew(workflows);
  addCheck(workflows);
  addTest(workflows);
  addGraph(workflows);
  addManagement(workflows);
}
