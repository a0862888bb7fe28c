"""StopExecution ends an execution at once. Upstream it runs on until what its state waits for has come: a decision, for days."""
import inspect
import textwrap
import time

from moto.stepfunctions.parser.asl.component.state.exec import execute_state
from moto.stepfunctions.parser.asl.eval.environment import Environment
from moto.stepfunctions.parser.asl.eval.program_state import ProgramStopped

WAITED = "terminated_event.wait(timeout_seconds)"


class Stopped(BaseException):
    """Not an error of the state: neither Retry nor Catch sees it."""


def wait_while_running(env, event, seconds):
    until = time.monotonic() + seconds
    while env.is_running() and time.monotonic() < until:
        if event.wait(min(0.05, max(0, until - time.monotonic()))):
            return True
    if not env.is_running():
        raise Stopped
    return event.is_set()


evaluate = textwrap.dedent(inspect.getsource(execute_state.ExecutionState._evaluate_with_timeout))
assert evaluate.count(WAITED) == 1, "another moto: see whether StopExecution still waits"
vars(execute_state)["wait_while_running"] = wait_while_running
exec(evaluate.replace(WAITED, "wait_while_running(env, terminated_event, timeout_seconds)"), vars(execute_state))
execute_state.ExecutionState._evaluate_with_timeout = vars(execute_state).pop("_evaluate_with_timeout")
_eval_of_state = execute_state.ExecutionState.eval


def eval_unless_stopped(self, env):
    try:
        _eval_of_state(self, env)
    except Stopped:
        pass  # the program sees that it is stopped


execute_state.ExecutionState.eval = eval_unless_stopped

# What breaks because the execution was stopped is no failure of it.
_set_error = Environment.set_error


def set_error_unless_stopped(self, error):
    if not isinstance(self.program_state(), ProgramStopped):
        _set_error(self, error)


Environment.set_error = set_error_unless_stopped
