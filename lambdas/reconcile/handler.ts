import { reconcileEnvironment } from './env.ts';
import { openReconciler } from './reconciler.ts';

const reconcile = openReconciler(reconcileEnvironment.read());

/** Every minute: looks up open runs that have shown no change for a while. */
export async function handler(): Promise<void> {
  console.info({ message: 'reconciled', ...(await reconcile(new Date())) });
}
