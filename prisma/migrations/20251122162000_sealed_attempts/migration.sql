-- Whether an attempt was graded where its learner has never been. Those before were graded in place.
ALTER TABLE "attempt" ADD COLUMN "sealed" BOOLEAN NOT NULL DEFAULT false;
