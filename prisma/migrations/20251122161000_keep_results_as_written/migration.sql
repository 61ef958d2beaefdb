-- A result is evidence: once written it is neither changed nor taken out by itself.
-- It goes only with the session that it belongs to (a foreign key's cascade runs inside another trigger).
CREATE FUNCTION "refuse_to_rewrite_results"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' AND pg_trigger_depth() > 1 THEN
    RETURN OLD;
  END IF;
  RAISE EXCEPTION '% of % refused: results are never rewritten', TG_OP, TG_TABLE_NAME
    USING ERRCODE = 'object_not_in_prerequisite_state';
END;
$$;

CREATE TRIGGER "attempt_never_rewritten" BEFORE UPDATE OR DELETE ON "attempt"
  FOR EACH ROW EXECUTE FUNCTION "refuse_to_rewrite_results"();

CREATE TRIGGER "check_result_never_rewritten" BEFORE UPDATE OR DELETE ON "check_result"
  FOR EACH ROW EXECUTE FUNCTION "refuse_to_rewrite_results"();
