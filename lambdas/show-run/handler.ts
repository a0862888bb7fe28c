// The run pages: they show how far a run is and what came of it, to whoever has their link. They change nothing.
import { type Context, Hono } from 'hono';
import type { Clock } from '../../adapters/clock.ts';
import type { Approvals } from '../../adapters/control-table/approvals.ts';
import type { RunRecord, Runs } from '../../adapters/control-table/runs.ts';
import type { Objects } from '../../adapters/objects.ts';
import type { RunStatus, RunStatuses } from '../../adapters/run-status.ts';
import { evidenceKey } from '../../contracts/files.ts';
import { type Plan, plan as planSchema } from '../../contracts/plan.ts';
import { isRevoked } from '../../core/approval/decide.ts';
import { problemPage } from '../../pages/answer-page.ts';
import { runPage } from '../../pages/run-page.ts';
import { securityHeaders } from '../../pages/security-headers.ts';

export interface ShowRunDependencies {
  readonly clock: Clock;
  readonly runs: Runs;
  readonly approvals: Approvals;
  readonly statuses: RunStatuses;
  readonly evidence: Objects;
}

interface Found {
  readonly status: RunStatus;
  /** As it was sealed. */
  readonly plan: Plan;
}

export function makeApp({ clock, runs, approvals, statuses, evidence }: ShowRunDependencies): Hono {
  const app = new Hono();
  app.use(securityHeaders);
  app.get('/r/:id{[A-Za-z0-9_-]+\\.json}', async (context) => {
    const found = await find(context.req.param('id').slice(0, -'.json'.length));
    if (!found) return context.json({ error: 'There is no such run page.' }, 404);
    const { runId, phase, outcome, targets, itemsPerSecond, secondsLeft } = found.status;
    return context.json({ runId, phase, outcome, targets, itemsPerSecond, secondsLeft });
  });
  app.get('/r/:id', async (context) => {
    const found = await find(context.req.param('id'));
    if (!found) return unknown(context);
    const { status, plan } = found;
    const phases = await runs.phases(status.runId);
    const run = await runs.get(status.runId);
    const { scope, catalog } = plan;
    return context.html(
      runPage({
        run: status,
        scope,
        environment: catalog.environment,
        phases,
        error: run?.error ? describe(run.error) : null,
        reportUrl: (await hasEvidence(status)) ? `${context.req.path}/report` : null,
        nowIso: clock.nowIso(),
      }),
    );
  });
  app.get('/r/:id/report', async (context) => {
    const found = await find(context.req.param('id'));
    const report = found && (await evidence.read(evidenceKey(found.status.runId, 'report.html')));
    return report ? context.html(report.body) : unknown(context);
  });
  app.notFound(unknown);
  app.onError((_error, context) =>
    context.html(problemPage('The run cannot be shown', 'Something went wrong here. Try again.'), 500),
  );
  return app;

  async function find(id: string): Promise<Found | undefined> {
    const link = await approvals.link(id, 'look');
    const state = link && (await approvals.get(link.runId));
    if (!state || isRevoked(state, link.approver)) return undefined;
    const plan = await approvals.page(link.runId);
    const status = await statuses.read(link.runId, clock.nowMs());
    return status && plan !== undefined ? { status, plan: planSchema.parse(plan) } : undefined;
  }

  /** The sums are written last. */
  async function hasEvidence({ runId, outcome }: RunStatus): Promise<boolean> {
    return outcome !== null && (await evidence.read(evidenceKey(runId, 'SHA256SUMS'))) !== undefined;
  }
}

/** Errors of Lethe say in `what` what happened. */
function describe({ name, details }: NonNullable<RunRecord['error']>): string {
  const { what } = (details ?? {}) as { readonly what?: unknown };
  return typeof what === 'string' ? `${name}: ${what}` : name;
}

function unknown(context: Context) {
  return context.html(problemPage('There is nothing here', 'The link is wrong, or no longer valid.'), 404);
}
