-- What hints have cost of an attempt's score, what was said with its verdict, what can grade it again, and what counts for credit.
ALTER TABLE "attempt" ADD COLUMN "hint_cost" DOUBLE PRECISION NOT NULL DEFAULT 0;
ALTER TABLE "attempt" ADD COLUMN "notes" TEXT[] NOT NULL DEFAULT ARRAY[]::TEXT[];

ALTER TABLE "task_progress" ADD COLUMN "sealed_passed" BOOLEAN NOT NULL DEFAULT false;
ALTER TABLE "task_progress" ADD COLUMN "sealed_score" DOUBLE PRECISION;

CREATE TABLE "verdict_record" (
    "attempt_id" TEXT NOT NULL,
    "gzip" BYTEA NOT NULL,

    CONSTRAINT "verdict_record_pkey" PRIMARY KEY ("attempt_id")
);

ALTER TABLE "verdict_record" ADD CONSTRAINT "verdict_record_attempt_id_fkey" FOREIGN KEY ("attempt_id") REFERENCES "attempt"("id") ON DELETE CASCADE ON UPDATE CASCADE;
