-- Hints that cost something, as they were taken; and what was answered to the quizzes of lessons and labs.
CREATE TABLE "hint_reveal" (
    "learner_id" TEXT NOT NULL,
    "lab_id" TEXT NOT NULL,
    "task_id" TEXT NOT NULL,
    "hint_id" TEXT NOT NULL,
    "cost" INTEGER NOT NULL,
    "revealed_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "hint_reveal_pkey" PRIMARY KEY ("learner_id","lab_id","task_id","hint_id")
);

CREATE TABLE "quiz_answer" (
    "learner_id" TEXT NOT NULL,
    "page_id" TEXT NOT NULL,
    "quiz_id" TEXT NOT NULL,
    "answer" TEXT[],
    "correct" BOOLEAN NOT NULL,
    "tries" INTEGER NOT NULL,
    "answered_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "quiz_answer_pkey" PRIMARY KEY ("learner_id","page_id","quiz_id")
);

ALTER TABLE "hint_reveal" ADD CONSTRAINT "hint_reveal_learner_id_fkey" FOREIGN KEY ("learner_id") REFERENCES "learner"("id") ON DELETE CASCADE ON UPDATE CASCADE;

ALTER TABLE "quiz_answer" ADD CONSTRAINT "quiz_answer_learner_id_fkey" FOREIGN KEY ("learner_id") REFERENCES "learner"("id") ON DELETE CASCADE ON UPDATE CASCADE;
