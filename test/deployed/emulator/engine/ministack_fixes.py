"""Repairs of MiniStack, each held by a probe or a scenario: Lambda updates in place, stacks deleted by id, OPTIONS, recovery with
times and a journal, SNS by mail.

CloudFormation updates AWS::Lambda::Function and AWS::Lambda::Alias without replacement: versions and aliases stay.
MiniStack makes the function anew, so that the alias of a second deploy is gone.
DeleteStack takes the name or the id of a stack, and the CDK CLI gives the id. MiniStack knows the name alone, and says done.
An HTTP API answers OPTIONS by itself only where CORS is configured; elsewhere a route does. MiniStack says 403.
DynamoDB's EarliestRestorableDateTime is when recovery was enabled, LatestRestorableDateTime lies PITR_LAG_SECONDS (AWS:
typically 300) before now; a restore to another second is InvalidRestoreTimeException. MiniStack says now for both, and
restores the present.
SNS mails what passes the filter of a confirmed subscription by mail. MiniStack logs it; here it is among the messages of SES.
"""
import copy
import inspect
import os
import time
from collections import defaultdict

from ministack.core.responses import error_response_json, json_response
from ministack.services import apigateway, dynamodb, lambda_svc, ses, sns
from ministack.services import cloudformation
from ministack.services.cloudformation import handlers, provisioners

LAG_SECONDS = int(os.environ.get("PITR_LAG_SECONDS", "300"))
KEPT = ("versions", "aliases", "next_version", "policy", "tags", "event_invoke_config", "event_invoke_configs",
        "concurrency", "provisioned_concurrency")

# ---- Lambda

function_type = provisioners._RESOURCE_HANDLERS["AWS::Lambda::Function"]
alias_type = provisioners._RESOURCE_HANDLERS["AWS::Lambda::Alias"]


def update_function(physical_id, old, new, stack_name):
    before = lambda_svc._functions.get(physical_id)
    result = function_type["create"](physical_id, {**new, "FunctionName": physical_id}, stack_name)
    if before:
        lambda_svc._functions[physical_id].update({key: before[key] for key in KEPT if key in before})
    return result


def update_alias(physical_id, old, new, stack_name):
    return alias_type["create"](physical_id, new, stack_name)


function_type["update"] = update_function
alias_type["update"] = update_alias

# ---- CloudFormation

delete_stack = handlers._delete_stack


def delete_stack_by_name_or_id(params):
    wanted = handlers._p(params, "StackName")
    names = [name for name, stack in cloudformation._stacks.items() if stack.get("StackId") == wanted]
    return delete_stack({**params, "StackName": names[0]} if names else params)


handlers._ACTION_HANDLERS["DeleteStack"] = delete_stack_by_name_or_id

# ---- HTTP APIs

ANSWERED = 'if method == "OPTIONS":'
execute = inspect.getsource(apigateway._handle_execute_in_scope)
assert execute.count(ANSWERED) == 1, "another MiniStack: see whether it answers OPTIONS still"
exec(execute.replace(ANSWERED, 'if method == "OPTIONS" and cors_cfg:'), vars(apigateway))

# ---- SNS

fanout = sns._fanout
fanout_parameters = inspect.signature(fanout)


def fanout_by_mail_too(*given, **named):
    fanout(*given, **named)
    asked = fanout_parameters.bind(*given, **named).arguments
    attributes = asked.get("message_attributes") or {}
    for sub in sns._topics[asked["topic_arn"]]["subscriptions"]:
        if sub["protocol"] == "email" and sub.get("confirmed") and sns._matches_filter_policy(sub, attributes):
            ses._sent_emails_list().append({
                "MessageId": asked["msg_id"], "Source": "no-reply@sns.amazonaws.com", "To": [sub["endpoint"]], "CC": [], "BCC": [],
                "Subject": asked["subject"], "BodyText": asked["message"], "BodyHtml": None, "Timestamp": time.time(), "Type": "sns",
            })


sns._fanout = fanout_by_mail_too

# ---- Point-in-time recovery

WRITES = ("_put_item", "_update_item", "_delete_item", "_batch_write_item", "_transact_write_items")
journals = {}  # table id -> [(time, items)]; whole copies: meant for the small tables of tests


def journal_of(name):
    return journals.get(dynamodb._tables[name].get("TableId"))


def note(name):
    journal = journal_of(name) if name in dynamodb._tables else None
    if journal is not None:
        journal.append((time.time(), copy.deepcopy(dict(dynamodb._tables[name]["items"]))))


def written(data):
    names = [data.get("TableName"), *(data.get("RequestItems") or {})]
    for item in data.get("TransactItems") or []:
        names += [operation.get("TableName") for operation in item.values()]
    return {dynamodb._normalize_table_name(name) for name in names if name}


def journalled(write):
    def handle(data, *more):
        answer = write(data, *more)
        for name in written(data):
            note(name)
        return answer
    return handle


def window(name):
    earliest = int(journal_of(name)[0][0])
    return earliest, max(earliest, int(time.time()) - LAG_SECONDS)


update_backups = dynamodb._update_continuous_backups
describe_backups = dynamodb._describe_continuous_backups
restore = dynamodb._restore_table_to_point_in_time


def described(name, answer):
    if answer[0] != 200 or journal_of(name) is None:
        return answer
    earliest, latest = window(name)
    return json_response({"ContinuousBackupsDescription": {
        "ContinuousBackupsStatus": "ENABLED",
        "PointInTimeRecoveryDescription": {
            "PointInTimeRecoveryStatus": "ENABLED", "RecoveryPeriodInDays": 35,
            "EarliestRestorableDateTime": earliest, "LatestRestorableDateTime": latest,
        },
    }})


def update_continuous_backups(data):
    answer = update_backups(data)
    name = data.get("TableName")
    if answer[0] != 200:
        return answer
    table_id = dynamodb._tables[name].get("TableId")
    if not data.get("PointInTimeRecoverySpecification", {}).get("PointInTimeRecoveryEnabled"):
        journals.pop(table_id, None)
    elif table_id not in journals:
        journals[table_id] = []
        note(name)
    return described(name, answer)


def describe_continuous_backups(data):
    answer = describe_backups(data)
    return described(data.get("TableName"), answer) if answer[0] == 200 else answer


def restore_table_to_point_in_time(data):
    name = data.get("SourceTableName") or dynamodb._normalize_table_name(data.get("SourceTableArn") or "")
    if name not in dynamodb._tables:
        return restore(data)
    journal = journal_of(name)
    if journal is None:
        return error_response_json("PointInTimeRecoveryUnavailableException", f"Point in time recovery is not enabled for table '{name}'", 400)
    earliest, latest = window(name)
    to = latest if data.get("UseLatestRestorableTime") else data.get("RestoreDateTime", 0)
    if not earliest <= to <= latest:
        return error_response_json("InvalidRestoreTimeException", f"{to} is not within {earliest} and {latest}", 400)
    answer = restore(data)
    if answer[0] == 200:
        # A second holds all that was written in it.
        items = [items for at, items in journal if at < int(to) + 1][-1]
        target = dynamodb._tables[data["TargetTableName"]]
        target["items"] = defaultdict(dict, copy.deepcopy(items))
        dynamodb._update_counts(target)
    return answer


for write in WRITES:
    setattr(dynamodb, write, journalled(getattr(dynamodb, write)))
dynamodb._update_continuous_backups = update_continuous_backups
dynamodb._describe_continuous_backups = describe_continuous_backups
dynamodb._restore_table_to_point_in_time = restore_table_to_point_in_time
