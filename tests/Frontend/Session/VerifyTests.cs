using System.Net;
using Postfleet.Frontend.Options;
using Postfleet.Frontend.Recipients;
using Postfleet.Frontend.Tests.Fixtures;
using Postfleet.Frontend.Tests.Recipients;
using Xunit;
using static Postfleet.Frontend.Tests.Fixtures.Dialogue;

namespace Postfleet.Frontend.Tests.Session;

/// <summary>VRFY and EXPN, for trusted clients by option.</summary>
public sealed class VerifyTests
{
    private const string Entries =
        "ann@own.test\nteam@own.test ann@own.test, x@else.test\n\u00e4@own.test\n@old.test @own.test\n@open.test";

    [Fact]
    public async Task Trusted_clients_get_answers_by_option() => await ReplayAsync(
        """
        S: 220 *
        C: VRFY ann@own.test
        S: 250 2.1.5 <ann@own.test>
        C: VRFY <Team+x@own.test>
        S: 250 2.1.5 <Team+x@own.test>
        C: EXPN <team@old.test>
        S: 250-2.1.5 <ann@own.test>
        S: 250 2.1.5 <x@else.test>
        C: EXPN ann@own.test
        S: 250 2.1.5 <ann@own.test>
        C: VRFY nobody@own.test
        S: 550 5.1.1 No such user here
        C: EXPN nobody@old.test
        S: 550 5.1.1 No such user here
        C: VRFY x@else.test
        S: 252 *
        C: EXPN x@else.test
        S: 252 *
        C: VRFY any@open.test
        S: 252 *
        C: VRFY postmaster@own.test
        S: 250 2.1.5 <postmaster@own.test>
        C: VRFY \xc3\xa4@own.test
        S: 252 *
        C: VRFY ann
        S: 501 5.1.3 Bad recipient address syntax
        C: EXPN
        S: 501 5.5.4 An argument is needed
        """, () => NewWorld(VerifyPermission.Users), World.Trusted);

    [Theory]
    [InlineData(VerifyPermission.None, "127.0.0.1")]
    [InlineData(VerifyPermission.Users, "192.0.2.7")]
    public async Task Others_get_none(VerifyPermission permission, string client) => await ReplayAsync(
        "S: 220 *\nC: VRFY nobody@own.test\nS: 252 2.0.0 *\nC: EXPN team@own.test\nS: 502 5.5.1 *\nC: EXPN\nS: 502 5.5.1 *",
        () => NewWorld(permission), IPAddress.Parse(client));

    private static World NewWorld(VerifyPermission permission)
    {
        var table = Tables.Of(Entries);
        return new World(
            recipients: new RecipientRules(() => table, Tables.Inbound with { Verify = permission }, World.RelayOf()));
    }
}
