import type { StoredObject } from '../../store/store.ts';
import type { Event as CoreEvent } from 'kubernetes-types/core/v1';
import type { Event } from 'kubernetes-types/events/v1';
import { cloneJson } from '../json.ts';

/** events.k8s.io/v1 and core/v1 show the same stored Events under different field names. */
export const eventsView = {
  fromStored(stored: StoredObject): StoredObject {
    const core = stored as unknown as CoreEvent;
    const {
      involvedObject,
      message,
      source,
      firstTimestamp,
      lastTimestamp,
      count,
      reportingComponent,
      ...rest
    } = core;
    return {
      ...rest,
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      regarding: involvedObject,
      eventTime: core.eventTime ?? null,
      ...(message === undefined ? {} : { note: message }),
      ...(reportingComponent === undefined || reportingComponent === ''
        ? {}
        : { reportingController: reportingComponent }),
      ...(source === undefined ? {} : { deprecatedSource: source }),
      deprecatedFirstTimestamp: firstTimestamp ?? null,
      deprecatedLastTimestamp: lastTimestamp ?? null,
      ...(count === undefined ? {} : { deprecatedCount: count }),
    } as unknown as StoredObject;
  },
  toStored(object: StoredObject): StoredObject {
    const event = cloneJson(object) as unknown as Event;
    const {
      regarding,
      note,
      deprecatedSource,
      deprecatedFirstTimestamp,
      deprecatedLastTimestamp,
      deprecatedCount,
      reportingController,
      ...rest
    } = event;
    return {
      ...rest,
      apiVersion: 'v1',
      kind: 'Event',
      involvedObject: regarding ?? {},
      source: deprecatedSource ?? {},
      firstTimestamp: deprecatedFirstTimestamp ?? null,
      lastTimestamp: deprecatedLastTimestamp ?? null,
      reportingComponent: reportingController ?? '',
      ...(note === undefined ? {} : { message: note }),
      ...(deprecatedCount === undefined ? {} : { count: deprecatedCount }),
    } as unknown as StoredObject;
  },
};
