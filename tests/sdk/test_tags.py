"""Tags on databases and tables."""

import pytest

from checks import fails


def tags(**pairs):
    return [{"Key": key, "Value": value} for key, value in pairs.items()]


def listed(write, arn):
    return {tag["Key"]: tag["Value"] for tag in write.list_tags_for_resource(ResourceARN=arn)["Tags"]}


@pytest.fixture(params=["database", "table"])
def arn(request, write, table):
    if request.param == "table":
        return write.describe_table(**table)["Table"]["Arn"]
    return write.describe_database(DatabaseName=table["DatabaseName"])["Database"]["Arn"]


def test_life_of_tags(write, arn):
    assert listed(write, arn) == {}
    write.tag_resource(ResourceARN=arn, Tags=tags(env="test", owner="me", empty=""))
    write.tag_resource(ResourceARN=arn, Tags=tags(env="prod", Env="case matters"))
    assert listed(write, arn) == {"env": "prod", "owner": "me", "empty": "", "Env": "case matters"}
    write.untag_resource(ResourceARN=arn, TagKeys=["env", "never_there"])
    assert listed(write, arn) == {"owner": "me", "empty": "", "Env": "case matters"}


def test_both_services_see_the_same_tags(write, query, arn):
    write.tag_resource(ResourceARN=arn, Tags=tags(a="1"))
    assert query.list_tags_for_resource(ResourceARN=arn)["Tags"] == tags(a="1")


def test_tags_given_at_creation(write, database):
    made = write.create_table(DatabaseName=database, TableName="tagged", Tags=tags(a="1"))["Table"]
    assert listed(write, made["Arn"]) == {"a": "1"}


def test_tags_end_with_their_resource(write, database):
    name = {"DatabaseName": database, "TableName": "tagged"}
    arn = write.create_table(**name, Tags=tags(a="1"))["Table"]["Arn"]
    write.delete_table(**name)
    fails(write.list_tags_for_resource, 404, "ResourceNotFoundException", ResourceARN=arn)
    write.create_table(**name)
    assert listed(write, arn) == {}


def test_fifty_tags_are_the_limit(write, arn):
    write.tag_resource(ResourceARN=arn, Tags=tags(**{f"k{number}": "v" for number in range(50)}))
    write.tag_resource(ResourceARN=arn, Tags=tags(k0="changed"))
    fails(write.tag_resource, 402, "ServiceQuotaExceededException", ResourceARN=arn, Tags=tags(one_more="v"))
    assert len(listed(write, arn)) == 50


@pytest.mark.parametrize(
    ("pairs", "fragment"),
    [
        ({"k" * 129: "v"}, "tags.1.member.key"),
        ({"k": "v" * 257}, "tags.1.member.value"),
        ({"aws:mine": "v"}, ""),
    ],
)
def test_tags_are_constrained(write, arn, pairs, fragment):
    fails(write.tag_resource, 400, "ValidationException", fragment, ResourceARN=arn, Tags=tags(**pairs))
    assert listed(write, arn) == {}


def test_unknown_resources(write, database):
    for name in ("database/none_such", f"database/{database}/table/none_such"):
        arn = f"arn:aws:timestream:us-east-1:000000000000:{name}"
        fails(write.list_tags_for_resource, 404, "ResourceNotFoundException", ResourceARN=arn)
        fails(write.tag_resource, 404, "ResourceNotFoundException", ResourceARN=arn, Tags=tags(a="1"))
        fails(write.untag_resource, 404, "ResourceNotFoundException", ResourceARN=arn, TagKeys=["a"])
    for arn in ("nonsense", "arn:aws:s3:::bucket", "a" * 1012):
        fails(write.list_tags_for_resource, 400, "ValidationException", ResourceARN=arn)
