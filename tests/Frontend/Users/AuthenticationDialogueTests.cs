using System.Net;
using Postfleet.Frontend.Tests.Fixtures;
using Xunit;

namespace Postfleet.Frontend.Tests.Users;

/// <summary>AUTH (RFC 4954) as transcripts: replies, cancellation, initial responses, limits, order of commands.</summary>
public sealed class AuthenticationDialogueTests
{
    internal static readonly string Greeted =
        $"""
        S: 220 *
        C: EHLO c
        {Dialogue.Capabilities.Replace("250 ENHANCED", "250-ENHANCED", StringComparison.Ordinal)}
        {Dialogue.Extensions}
        S: 250 AUTH SCRAM-SHA-256 PLAIN LOGIN

        """;

    private static string Right => SaslWorld.Plain("alice@x.test", "secret");

    private static string Wrong => SaslWorld.Plain("alice@x.test", "wrong");

    [Fact]
    public Task Plain_with_an_initial_response() => ReplayAsync($"""
        C: AUTH PLAIN {Right}
        S: 235 2.7.0 Authentication successful
        C: MAIL FROM:<alice@x.test>
        S: 250 2.1.0 Ok
        C: RCPT TO:<b@elsewhere.test>
        S: 250 2.1.5 Ok
        """);

    [Fact]
    public Task Plain_without_an_initial_response() => ReplayAsync($"""
        C: AUTH plain
        S: 334 
        C: {Right}
        S: 235 2.7.0 Authentication successful
        """);

    [Fact]
    public Task Login_with_prompts_wrong_then_right() => ReplayAsync("""
        C: AUTH LOGIN
        S: 334 VXNlcm5hbWU6
        C: YWxpY2VAeC50ZXN0
        S: 334 UGFzc3dvcmQ6
        C: d3Jvbmc=
        S: 535 5.7.8 Authentication credentials invalid
        C: AUTH LOGIN YWxpY2VAeC50ZXN0
        S: 334 UGFzc3dvcmQ6
        C: c2VjcmV0
        S: 235 2.7.0 Authentication successful
        """);

    [Fact]
    public Task A_star_cancels_the_dialogue() => ReplayAsync($"""
        C: AUTH PLAIN
        S: 334 
        C: *
        S: 501 5.7.0 Authentication cancelled
        C: NOOP
        S: 250 2.0.0 Ok
        C: AUTH PLAIN {Right}
        S: 235 2.7.0 Authentication successful
        """);

    [Fact]
    public Task A_second_authentication_is_refused() => ReplayAsync($"""
        C: AUTH PLAIN {Right}
        S: 235 2.7.0 Authentication successful
        C: AUTH PLAIN {Right}
        S: 503 5.5.1 Already authenticated
        C: RSET
        S: 250 2.0.0 Ok
        C: AUTH PLAIN {Right}
        S: 503 5.5.1 Already authenticated
        """);

    [Fact]
    public Task Mail_without_authentication_and_authentication_within_a_transaction_are_refused() => ReplayAsync($"""
        C: MAIL FROM:<alice@x.test>
        S: 530 5.7.0 Authentication required
        C: AUTH PLAIN {Right}
        S: 235 2.7.0 Authentication successful
        C: MAIL FROM:<alice@x.test> AUTH=<>
        S: 250 2.1.0 Ok
        C: AUTH PLAIN {Right}
        S: 503 5.5.1 Not inside a mail transaction
        """);

    [Theory]
    [InlineData("AUTH", "501 5.5.4 The name of a mechanism is needed")]
    [InlineData("AUTH GSSAPI", "504 5.5.4 Authentication mechanism not offered")]
    [InlineData("AUTH SCRAM-SHA-1", "504 5.5.4 Authentication mechanism not offered")]
    [InlineData("AUTH SCRAM-SHA-256-PLUS", "504 5.5.4 Authentication mechanism not offered")]
    [InlineData("AUTH XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX", "504 5.5.4 Authentication mechanism not offered")]
    [InlineData("AUTH PLAIN !!!!", "501 5.5.2 The response is not valid Base64")]
    [InlineData("AUTH PLAIN AGF saWNl", "501 5.5.2 The response is not valid Base64")]
    [InlineData("AUTH PLAIN AGFsaWNl", "501 5.5.2 The response does not fit the mechanism")]
    [InlineData("AUTH PLAIN =", "501 5.5.2 The response does not fit the mechanism")]
    public Task A_wrong_command_is_refused(string command, string reply) => ReplayAsync($"""
        C: {command}
        S: {reply}
        C: AUTH PLAIN {Right}
        S: 235 2.7.0 Authentication successful
        """);

    [Theory]
    [InlineData("alice@x.test", "wrong")]
    [InlineData("nobody@x.test", "secret")]
    [InlineData("carol@x.test", "secret")]
    public Task Wrong_passwords_and_unknown_and_disabled_users_get_the_same_reply(string user, string password) => ReplayAsync($"""
        C: AUTH PLAIN {SaslWorld.Plain(user, password)}
        S: 535 5.7.8 Authentication credentials invalid
        """);

    [Fact]
    public Task Acting_as_another_user_is_refused() => ReplayAsync($"""
        C: AUTH PLAIN {SaslWorld.Plain("alice@x.test", "secret", "root@x.test")}
        S: 535 5.7.8 Authentication credentials invalid
        """);

    [Fact]
    public Task Authentication_before_EHLO_and_after_HELO_is_refused() => Dialogue.ReplayAsync(
        $"""
        S: 220 *
        C: AUTH PLAIN {Right}
        S: 503 5.5.1 Send HELO or EHLO first
        C: HELO c
        S: 250 mx.example.org
        C: AUTH PLAIN {Right}
        S: 503 5.5.1 Send EHLO first
        """,
        () => new SaslWorld().World);

    [Fact]
    public Task Without_TLS_a_client_outside_of_the_plaintext_networks_gets_538() => Dialogue.ReplayAsync(
        $"""
        S: 220 *
        C: HELO c
        S: 250 mx.example.org
        C: EHLO c
        {Dialogue.Capabilities.Replace("250 ENHANCED", "250-ENHANCED", StringComparison.Ordinal)}
        {Dialogue.Extensions.Replace("250-FUTURE", "250 FUTURE", StringComparison.Ordinal)}
        C: AUTH PLAIN {Right}
        S: 538 5.7.11 Encryption required for authentication, use STARTTLS
        """,
        () => new SaslWorld().World, IPAddress.Parse("192.0.2.7"));

    [Fact]
    public Task A_listener_for_relay_offers_no_authentication() => Dialogue.ReplayAsync($"""
        S: 220 *
        C: EHLO c
        {Dialogue.Capabilities}
        C: AUTH PLAIN {Right}
        S: 503 5.5.1 Authentication is not offered here
        """);

    [Fact]
    public Task Responses_of_12288_octets_are_read_and_longer_ones_end_the_dialogue() => ReplayAsync($"""
        C: AUTH PLAIN
        S: 334 
        C: {new string('A', 12_284)}
        S: 501 5.5.2 The response does not fit the mechanism
        C: AUTH PLAIN
        S: 334 
        C: {new string('A', 12_288)}
        S: 500 5.5.6 Authentication exchange line is too long
        C: NOOP
        S: 250 2.0.0 Ok
        """);

    [Fact]
    public async Task Storage_that_is_away_defers() => await Dialogue.ReplayAsync(
        $"""
        {Greeted}C: AUTH PLAIN {Right}
        S: 454 4.7.0 Temporary authentication failure
        """,
        () =>
        {
            var world = new SaslWorld();
            world.Users.IsAway = true;
            return world.World;
        });

    [Fact]
    public async Task Many_failures_end_the_session()
    {
        var script = string.Concat(Enumerable.Repeat($"""
            C: AUTH PLAIN {Wrong}
            S: 535 5.7.8 Authentication credentials invalid

            """, 10));
        await Dialogue.ReplayAsync(
            $"""
            {Greeted}{script}C: AUTH PLAIN {Wrong}
            S: 421 4.7.0 Too many failed logins, closing connection
            S. 
            """,
            () => new SaslWorld().World);
    }

    private static Task ReplayAsync(string script) => Dialogue.ReplayAsync(Greeted + script, () => new SaslWorld().World);
}
