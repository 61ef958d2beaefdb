import { get } from '../../connection/api.ts';
import type { ApiResult } from '../../connection/api.ts';
import { BARE_BASE } from '../cluster-base.ts';
import type { FigureBase } from '../cluster-base.ts';
import { deliveredBaseSchema } from '../delivered-base.ts';

const asked = new Map<string, Promise<ApiResult<FigureBase>>>();

/** What the clusters of this lab's figures begin as; asked for once a page. */
export function baseOfLab(labId: string | undefined): Promise<ApiResult<FigureBase>> {
  if (labId === undefined) return Promise.resolve({ ok: true, value: BARE_BASE });
  const before = asked.get(labId);
  if (before !== undefined) return before;
  const base = get(`/figures/${labId}`, () => deliveredBaseSchema).then((answer): ApiResult<FigureBase> => {
    if (!answer.ok) {
      asked.delete(labId);
      return answer;
    }
    const { key, needs, setup } = answer.value;
    return { ok: true, value: { key, needs, setup: [{ where: 'the setup of the lab', objects: setup }] } };
  });
  asked.set(labId, base);
  return base;
}
