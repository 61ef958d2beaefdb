-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateEnum
CREATE TYPE "role" AS ENUM ('learner', 'instructor', 'admin');

-- CreateEnum
CREATE TYPE "session_state" AS ENUM ('requested', 'starting', 'ready', 'paused', 'ending', 'ended');

-- CreateEnum
CREATE TYPE "end_reason" AS ENUM ('learner_ended', 'lifetime_over', 'idle', 'orphaned', 'hard_deadline', 'replaced', 'start_failed', 'worker_crashed', 'cpu_exceeded', 'memory_exceeded', 'operator_ended');

-- CreateEnum
CREATE TYPE "backend" AS ENUM ('simulated', 'kind', 'kubernetes');

-- CreateEnum
CREATE TYPE "verdict" AS ENUM ('passed', 'failed', 'not_gradable', 'our_fault');

-- CreateTable
CREATE TABLE "learner" (
    "id" TEXT NOT NULL,
    "role" "role" NOT NULL DEFAULT 'learner',
    "user_id" TEXT,
    "merged_into_id" TEXT,
    "merged_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "last_seen_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "learner_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "auth_user" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "email" TEXT NOT NULL,
    "email_verified" BOOLEAN NOT NULL DEFAULT false,
    "image" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "auth_user_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "auth_session" (
    "id" TEXT NOT NULL,
    "token" TEXT NOT NULL,
    "user_id" TEXT NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "ip_address" TEXT,
    "user_agent" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "auth_session_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "auth_account" (
    "id" TEXT NOT NULL,
    "account_id" TEXT NOT NULL,
    "provider_id" TEXT NOT NULL,
    "user_id" TEXT NOT NULL,
    "access_token" TEXT,
    "refresh_token" TEXT,
    "id_token" TEXT,
    "access_token_expires_at" TIMESTAMPTZ(3),
    "refresh_token_expires_at" TIMESTAMPTZ(3),
    "scope" TEXT,
    "password" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "auth_account_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "auth_verification" (
    "id" TEXT NOT NULL,
    "identifier" TEXT NOT NULL,
    "value" TEXT NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "auth_verification_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "lab_session" (
    "id" TEXT NOT NULL,
    "learner_id" TEXT NOT NULL,
    "lab_id" TEXT NOT NULL,
    "lab_digest" TEXT NOT NULL,
    "request_key" TEXT NOT NULL,
    "state" "session_state" NOT NULL,
    "end_reason" "end_reason",
    "end_message" TEXT,
    "backend" "backend" NOT NULL,
    "seed" INTEGER NOT NULL,
    "parameters" JSONB NOT NULL,
    "origin" JSONB NOT NULL,
    "cluster_time_ms" DOUBLE PRECISION NOT NULL,
    "clock_marked_at" TIMESTAMPTZ(3) NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "ready_at" TIMESTAMPTZ(3),
    "ended_at" TIMESTAMPTZ(3),
    "timers" JSONB NOT NULL,

    CONSTRAINT "lab_session_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "journal_entry" (
    "session_id" TEXT NOT NULL,
    "sequence" INTEGER NOT NULL,
    "virtual_ms" DOUBLE PRECISION NOT NULL,
    "kind" TEXT NOT NULL,
    "payload" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "journal_entry_pkey" PRIMARY KEY ("session_id","sequence")
);

-- CreateTable
CREATE TABLE "attempt" (
    "id" TEXT NOT NULL,
    "session_id" TEXT NOT NULL,
    "lab_id" TEXT NOT NULL,
    "task_id" TEXT NOT NULL,
    "submission_key" TEXT NOT NULL,
    "verdict" "verdict" NOT NULL,
    "score" DOUBLE PRECISION NOT NULL,
    "cluster_time_ms" DOUBLE PRECISION NOT NULL,
    "seed" INTEGER NOT NULL,
    "lab_digest" TEXT NOT NULL,
    "duration_ms" INTEGER NOT NULL,
    "answers" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "attempt_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "check_result" (
    "attempt_id" TEXT NOT NULL,
    "position" INTEGER NOT NULL,
    "check_id" TEXT NOT NULL,
    "title" TEXT NOT NULL,
    "verdict" "verdict" NOT NULL,
    "weight" DOUBLE PRECISION NOT NULL,
    "expected" TEXT,
    "saw" TEXT,
    "because" TEXT,
    "met_earlier" BOOLEAN NOT NULL DEFAULT false,
    "evidence" JSONB NOT NULL,

    CONSTRAINT "check_result_pkey" PRIMARY KEY ("attempt_id","position")
);

-- CreateTable
CREATE TABLE "task_progress" (
    "learner_id" TEXT NOT NULL,
    "lab_id" TEXT NOT NULL,
    "task_id" TEXT NOT NULL,
    "passed" BOOLEAN NOT NULL,
    "best_score" DOUBLE PRECISION NOT NULL,
    "attempts" INTEGER NOT NULL,
    "last_attempt_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "task_progress_pkey" PRIMARY KEY ("learner_id","lab_id","task_id")
);

-- CreateTable
CREATE TABLE "lesson_read" (
    "learner_id" TEXT NOT NULL,
    "lesson_id" TEXT NOT NULL,
    "read_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "lesson_read_pkey" PRIMARY KEY ("learner_id","lesson_id")
);

-- CreateTable
CREATE TABLE "admin_invite" (
    "token_hash" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "used_at" TIMESTAMPTZ(3),
    "used_by_id" TEXT,

    CONSTRAINT "admin_invite_pkey" PRIMARY KEY ("token_hash")
);

-- CreateTable
CREATE TABLE "audit_log" (
    "id" BIGSERIAL NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "learner_id" TEXT,
    "action" TEXT NOT NULL,
    "detail" JSONB NOT NULL,

    CONSTRAINT "audit_log_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "learner_user_id_key" ON "learner"("user_id");

-- CreateIndex
CREATE UNIQUE INDEX "auth_user_email_key" ON "auth_user"("email");

-- CreateIndex
CREATE UNIQUE INDEX "auth_session_token_key" ON "auth_session"("token");

-- CreateIndex
CREATE INDEX "auth_session_user_id_idx" ON "auth_session"("user_id");

-- CreateIndex
CREATE INDEX "auth_account_user_id_idx" ON "auth_account"("user_id");

-- CreateIndex
CREATE UNIQUE INDEX "auth_account_provider_id_account_id_key" ON "auth_account"("provider_id", "account_id");

-- CreateIndex
CREATE INDEX "auth_verification_identifier_idx" ON "auth_verification"("identifier");

-- CreateIndex
CREATE INDEX "lab_session_learner_id_lab_id_idx" ON "lab_session"("learner_id", "lab_id");

-- CreateIndex
CREATE INDEX "lab_session_state_idx" ON "lab_session"("state");

-- CreateIndex
CREATE UNIQUE INDEX "lab_session_learner_id_request_key_key" ON "lab_session"("learner_id", "request_key");

-- CreateIndex
CREATE INDEX "attempt_session_id_task_id_created_at_idx" ON "attempt"("session_id", "task_id", "created_at");

-- CreateIndex
CREATE UNIQUE INDEX "attempt_session_id_submission_key_key" ON "attempt"("session_id", "submission_key");

-- CreateIndex
CREATE INDEX "audit_log_at_idx" ON "audit_log"("at");

-- AddForeignKey
ALTER TABLE "learner" ADD CONSTRAINT "learner_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "auth_user"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "learner" ADD CONSTRAINT "learner_merged_into_id_fkey" FOREIGN KEY ("merged_into_id") REFERENCES "learner"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "auth_session" ADD CONSTRAINT "auth_session_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "auth_user"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "auth_account" ADD CONSTRAINT "auth_account_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "auth_user"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "lab_session" ADD CONSTRAINT "lab_session_learner_id_fkey" FOREIGN KEY ("learner_id") REFERENCES "learner"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "journal_entry" ADD CONSTRAINT "journal_entry_session_id_fkey" FOREIGN KEY ("session_id") REFERENCES "lab_session"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "attempt" ADD CONSTRAINT "attempt_session_id_fkey" FOREIGN KEY ("session_id") REFERENCES "lab_session"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "check_result" ADD CONSTRAINT "check_result_attempt_id_fkey" FOREIGN KEY ("attempt_id") REFERENCES "attempt"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "task_progress" ADD CONSTRAINT "task_progress_learner_id_fkey" FOREIGN KEY ("learner_id") REFERENCES "learner"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "lesson_read" ADD CONSTRAINT "lesson_read_learner_id_fkey" FOREIGN KEY ("learner_id") REFERENCES "learner"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "admin_invite" ADD CONSTRAINT "admin_invite_used_by_id_fkey" FOREIGN KEY ("used_by_id") REFERENCES "learner"("id") ON DELETE SET NULL ON UPDATE CASCADE;


