using System.Net;
using System.Text;
using Postfleet.Admin.Tests.Http;
using Postfleet.Authentication.Sasl;
using Postfleet.Core.Users;
using Xunit;

namespace Postfleet.Admin.Tests;

/// <summary>The endpoints of application passwords.</summary>
public sealed class AppPasswordEndpointsTests : UserBench
{
    [Fact]
    public async Task An_application_password_is_shown_once()
    {
        await PutAsync(Path, """{ "password": "first" }""");
        var (response, body) = await PutAsync($"{Path}/passwords/Printer", """{ "expires": "2099-01-01T01:00:00+01:00" }""");
        Assert.Equal((HttpStatusCode.OK, "no-store"), (response.StatusCode, $"{response.Headers.CacheControl}"));
        var password = body.GetProperty("password").GetString()!;
        Assert.Matches("^([a-km-np-z2-9]{5}-){4}[a-km-np-z2-9]{5}$", password);
        Assert.Equal(
            ("printer", "2099-01-01T00:00:00+00:00"), (body.GetProperty("name").GetString(), body.GetProperty("expires").GetString()));
        var stored = Assert.Single(User.ApplicationPasswords);
        Assert.True(ScramHash.Matches(stored.Scram256, Encoding.UTF8.GetBytes(password)));
        // A check against all verifiers costs one hash.
        Assert.Equal(User.Scram256!.Salt.ToArray(), stored.Scram256.Salt.ToArray());

        var again = (await PutAsync($"{Path}/passwords/printer", "{}")).Body.GetProperty("password").GetString()!;
        Assert.NotEqual(password, again);
        Assert.False(ScramHash.Matches(Assert.Single(User.ApplicationPasswords).Scram256, Encoding.UTF8.GetBytes(password)));
        Assert.Equal(
            """[{"name":"printer","expires":null}]""",
            (await SendAsync(HttpMethod.Get, Path)).Body.GetProperty("appPasswords").GetRawText());

        Assert.Equal(
            0, (await SendAsync(HttpMethod.Delete, $"{Path}/passwords/PRINTER")).Body.GetProperty("appPasswords").GetArrayLength());
        (response, body) = await SendAsync(HttpMethod.Delete, $"{Path}/passwords/printer");
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        ProblemTests.AssertProblem(response, body, "unknown-user", "user 'shop@example.org' has no application password 'printer'");
    }

    [Theory]
    [InlineData("soon")]
    [InlineData("0s")]
    [InlineData("2001-01-01T00:00:00Z")]
    [InlineData("2099-01-01T00:00:00")]
    public async Task An_application_password_expires_in_the_future(string expires)
    {
        await PutAsync(Path, "{}");
        var (response, problem) = await PutAsync($"{Path}/passwords/printer", $$"""{ "expires": "{{expires}}" }""");
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        ProblemTests.AssertProblem(response, problem, "bad-body", $"expires is '{expires}'; allowed: a");
    }

    [Fact]
    public async Task Application_passwords_are_bounded()
    {
        await PutAsync(Path, "{}");
        for (var i = 0; i < MailUser.MaxApplicationPasswords; i++) await PutAsync($"{Path}/passwords/p{i}", "{}");
        var (response, problem) = await PutAsync($"{Path}/passwords/more", "{}");
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        ProblemTests.AssertProblem(response, problem, "bad-body", "has 20 application passwords; allowed: at most 20");
        Assert.Equal(HttpStatusCode.OK, (await PutAsync($"{Path}/passwords/p0", "{}")).Response.StatusCode);
    }

    [Fact]
    public async Task A_simultaneous_change_is_kept()
    {
        await PutAsync(Path, """{ "password": "first" }""");
        Host.Users.Before = () =>
        {
            Host.Users.Before = () => { };
            Host.Users.PutAsync(User with { IsDisabled = true }, null, default);
        };
        await PutAsync($"{Path}/passwords/printer", "{}");
        Assert.Equal((true, 1), (User.IsDisabled, User.ApplicationPasswords.Count));
    }
}
