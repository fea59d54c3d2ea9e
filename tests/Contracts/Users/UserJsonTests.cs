using System.Text;
using Postfleet.Contracts.Users;
using Postfleet.Core.Users;
using Xunit;

namespace Postfleet.Contracts.Tests.Users;

/// <summary>The JSON form of users in storage and in files.</summary>
public sealed class UserJsonTests
{
    private static readonly string Scram256 = Verifier(32);

    // The form is stored: it never changes, keys are only added.
    private static readonly string Whole =
        $$"""
        {"name":"shop@example.org","scram256":"{{Scram256}}","scram1":"{{Verifier(20)}}","cramMd5":"{{Octets(32)}}",
        "addresses":["*@example.org","*@*.example.org","boss@example.net"],"streams":["bulk","default"],"maxRate":"10/s",
        "maxRecipients":"5000/d","maxNewRecipients":"200/d",
        "appPasswords":[{"name":"printer","scram256":"{{Scram256}}","expires":"2026-11-29T18:00:00Z"},
        {"name":"phone","scram256":"{{Scram256}}"}],
        "disabled":true}
        """.ReplaceLineEndings("");

    [Theory]
    [InlineData("""{"name":"a"}""")]
    [InlineData(null)]
    public void A_user_reads_back_as_written(string? text)
    {
        var json = text ?? Whole;
        Assert.Equal(json, UserJson.Write(UserJson.Parse(json)));
    }

    [Fact]
    public void All_keys_are_read()
    {
        var user = UserJson.Parse(Whole);
        Assert.Equal("shop@example.org", user.Name);
        Assert.Equal((4096, 20, 32), (user.Scram256!.Iterations, user.Scram1!.StoredKey.Length, user.CramMd5.Length));
        Assert.Equal(["*@example.org", "*@*.example.org", "boss@example.net"], user.Addresses.Select(pattern => pattern.Text));
        Assert.Equal(["bulk", "default"], user.Streams);
        Assert.Equal(("10/s", "5000/d", "200/d"), ($"{user.MaxRate}", $"{user.MaxRecipients}", $"{user.MaxNewRecipients}"));
        Assert.Equal(
            [("printer", new DateTimeOffset(2026, 11, 29, 18, 0, 0, TimeSpan.Zero)), ("phone", (DateTimeOffset?)null)],
            user.ApplicationPasswords.Select(password => (password.Name, password.Expires)));
        Assert.True(user.IsDisabled);
    }

    [Fact]
    public void Names_and_streams_are_normalised_and_null_stands_for_none()
    {
        var user = UserJson.Parse(
            """{"name":"Shop","scram256":null,"addresses":null,"streams":["BULK"],"maxRate":null,"maxRecipients":""}""");
        Assert.Equal("""{"name":"shop","streams":["bulk"]}""", UserJson.Write(user));
    }

    [Theory]
    [InlineData("""{"name":"a","adresses":[]}""", "adresses is no key of a user; allowed: name, scram256, scram1,")]
    [InlineData("""{"scram256":null}""", "the user has no name; allowed: name")]
    [InlineData("""{"name":"a b"}""", "name is 'a b'; allowed: 1 to 128 characters")]
    [InlineData("""{"name":7}""", "name is of the kind number; allowed: a text")]
    [InlineData("""{"name":"a","disabled":"no"}""", "disabled is of the kind string; allowed: true or false")]
    [InlineData("""{"name":"a","addresses":"*"}""", "addresses is of the kind string; allowed: a list")]
    [InlineData("""{"name":"a","addresses":["*","@x"]}""", "addresses[1] is '@x'; allowed: an address, *@example.org")]
    [InlineData("""{"name":"a","streams":["b ulk"]}""", "streams[0] is 'b ulk'; allowed: 1 to 32 letters")]
    [InlineData("""{"name":"a","maxRate":"10"}""", "maxRate is '10'; allowed: a rate of 1/d to 100000/s, such as 10/s")]
    [InlineData("""{"name":"a","maxRate":"100001/s"}""", "maxRate is '100001/s'; allowed: a rate of 1/d to 100000/s")]
    [InlineData("""{"name":"a","maxRecipients":"10/s"}""", "maxRecipients is '10/s'; allowed: a number a day such as 5000/d")]
    [InlineData("""{"name":"a","maxNewRecipients":"0/d"}""", "maxNewRecipients is '0/d'; allowed: a number a day")]
    [InlineData("""{"name":"a","appPasswords":[{"name":"b"}]}""", "appPasswords[0] lacks scram256; allowed: name, scram256, expires")]
    [InlineData("""{"name":"a","appPasswords":[{"name":"b","expires":"soon"}]}""", "appPasswords[0].expires is 'soon'; allowed: a time")]
    [InlineData("""{"name":"a","appPasswords":[{"key":"b"}]}""", "appPasswords[0].key is no key of a user; allowed: name, scram256")]
    [InlineData("""[]""", "the user is no JSON object")]
    [InlineData("""{"name":"a","name":"b"}""", "the user is no JSON or has a repeated key")]
    [InlineData("""{"name":"a"} x""", "the user is no JSON or has a repeated key, at octet 14")]
    public void Wrong_keys_and_values_are_named_with_the_allowed_ones(string json, string fault) =>
        Assert.StartsWith(fault, Assert.Throws<UserFormatException>(() => UserJson.Parse(json)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("""{"name":"a","scram256":"4096,marked"}""", "scram256 is no verifier; allowed: iterations,salt,storedKey,serverKey")]
    [InlineData("""{"name":"a","scram1":"marked"}""", "scram1 is no verifier")]
    [InlineData("""{"name":"a","cramMd5":"marked"}""", "cramMd5 is no secret of CRAM-MD5; allowed: 32 octets in Base64")]
    [InlineData("""{"name":"a","cramMd5":"marked""", "the user is no JSON")]
    [InlineData("""{"name":"a","appPasswords":[{"name":"b","scram256":"marked"}]}""", "appPasswords[0].scram256 is no verifier")]
    public void Wrong_secrets_are_not_shown(string json, string fault)
    {
        var e = Assert.Throws<UserFormatException>(() => UserJson.Parse(json));
        Assert.StartsWith(fault, e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("marked", e.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Names_of_application_passwords_are_unique_and_few()
    {
        Assert.StartsWith(
            "appPasswords has the name 'b' more than once",
            Assert.Throws<UserFormatException>(() => UserJson.Parse(WithPasswords("b", "B"))).Message, StringComparison.Ordinal);
        Assert.Equal(20, UserJson.Parse(WithPasswords([.. Enumerable.Range(0, 20).Select(i => $"p{i}")])).ApplicationPasswords.Count);
        Assert.StartsWith(
            "appPasswords has 21 entries; allowed: at most 20",
            Assert.Throws<UserFormatException>(
                () => UserJson.Parse(WithPasswords([.. Enumerable.Range(0, 21).Select(i => $"p{i}")]))).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_user_has_at_most_64_KiB()
    {
        var patterns = Enumerable.Range(0, 1000).Select(i => $"{new string('a', 60)}{i}@example.org").ToList();
        var user = new MailUser("a")
        {
            Addresses = [.. patterns
                .Select(text => AddressPattern.TryParse(text, out var pattern) ? pattern : throw new InvalidOperationException())],
        };
        Assert.Contains("octets; allowed: at most 65536", Assert
            .Throws<UserFormatException>(() => UserJson.Write(user)).Message, StringComparison.Ordinal);
        var json = $$"""{"name":"a","addresses":["{{string.Join("\",\"", patterns)}}"]}""";
        Assert.Contains("octets; allowed: at most 65536", Assert
            .Throws<UserFormatException>(() => UserJson.Parse(Encoding.UTF8.GetBytes(json))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Keys_of_a_newer_version_can_be_ignored() => Assert.Equal(
        """{"name":"a","disabled":true}""",
        UserJson.Write(UserJson.Parse("""{"name":"a","quota":{"b":[1]},"disabled":true,"appPasswords":[]}""", ignoreUnknown: true)));

    private static string WithPasswords(params string[] names)
    {
        var passwords = names.Select(name => $$"""{"name":"{{name}}","scram256":"{{Scram256}}"}""");
        return $$"""{"name":"a","appPasswords":[{{string.Join(',', passwords)}}]}""";
    }

    private static string Verifier(int hash) => $"4096,{Octets(16)},{Octets(hash)},{Octets(hash)}";

    private static string Octets(int count) => Convert.ToBase64String([.. Enumerable.Range(0, count).Select(i => (byte)(250 + i))]);
}
