using System.Collections.Concurrent;
using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Postfleet.Delivery.Options;
using Postfleet.Delivery.Routing;
using Postfleet.Delivery.Smtp;
using Postfleet.Delivery.Smtp.Sasl;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.Delivery.Tests.Smtp;

/// <summary>AUTH (RFC 4954) with each mechanism, and its failures. The SCRAM example is from RFC 7677 section 3.</summary>
public class LoginTests
{
    private const string Nonce = "rOprNGfwEbeRWgbNEkqO";
    private const string ServerFirst = "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
    private const string ServerFinal = "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=";

    private static readonly Egress InClear = new() { Credentials = new Credentials("user", "pencil", "", IsAllowedInClear: true) };

    [Theory, InlineData(0), InlineData(1), InlineData(2)]
    public async Task Plain_is_one_line(int pieces)
    {
        var dialogue = new Dialogue(pieces,
            [.. Offering("LOGIN PLAIN"), $"C: AUTH PLAIN {Base64("\0user\0pencil")}", "S: 235 2.7.0 welcome"])
        { Egress = InClear };
        await dialogue.ConnectedAsync();
        await dialogue.EndAsync();
    }

    [Fact]
    public async Task Login_sends_user_and_password_for_any_prompts()
    {
        var dialogue = new Dialogue(0,
            [.. Offering("LOGIN"), "C: AUTH LOGIN", $"S: 334 {Base64("Who?")}", $"C: {Base64("user")}", "S: 334", $"C: {Base64("pencil")}",
            "S: 235 ok"])
        { Egress = InClear };
        await dialogue.ConnectedAsync();
        await dialogue.EndAsync();
    }

    [Fact]
    public void Scram_creates_and_verifies_the_proofs_of_the_rfc_example()
    {
        var scram = new ScramSha256("user", "pencil", Nonce);
        Assert.Equal("n,,n=user,r=rOprNGfwEbeRWgbNEkqO", Text(scram.Initial()));
        Assert.Equal(
            "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
            Text(scram.Respond(Encoding.UTF8.GetBytes(ServerFirst))));
        Assert.False(scram.IsComplete);
        Assert.Equal("", Text(scram.Respond(Encoding.UTF8.GetBytes(ServerFinal))));
        Assert.True(scram.IsComplete);
    }

    [Theory]
    [InlineData("r=another,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096")]
    [InlineData("r=rOprNGfwEbeRWgbNEkqO,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096")]
    [InlineData("r=rOprNGfwEbeRWgbNEkqO%x,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=1")]
    [InlineData("r=rOprNGfwEbeRWgbNEkqO%x,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=2000000000")]
    [InlineData("r=rOprNGfwEbeRWgbNEkqO%x,s=?,i=4096")]
    [InlineData("r=rOprNGfwEbeRWgbNEkqO%x,s=,i=4096")]
    [InlineData("r=rOprNGfwEbeRWgbNEkqO%x")]
    [InlineData("m=x,r=rOprNGfwEbeRWgbNEkqO%x,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096")]
    [InlineData("")]
    public void Scram_rejects_an_invalid_challenge(string challenge) =>
        Assert.Null(new ScramSha256("user", "pencil", Nonce).Respond(Encoding.UTF8.GetBytes(challenge)));

    [Theory]
    [InlineData("v=AAAATRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=")]
    [InlineData("e=invalid-proof")]
    public void Scram_is_not_complete_before_the_host_has_proved_that_it_knows_the_password(string final)
    {
        var scram = new ScramSha256("user", "pencil", Nonce);
        scram.Initial();
        Assert.NotNull(scram.Respond(Encoding.UTF8.GetBytes(ServerFirst)));
        Assert.Null(scram.Respond(Encoding.UTF8.GetBytes(final)));
        Assert.False(scram.IsComplete);
    }

    [Fact]
    public void Scram_escapes_commas_and_equal_signs_of_a_user() =>
        Assert.Equal($"n,,n=a=3Db=2Cc,r={Nonce}", Text(new ScramSha256("a=b,c", "x", Nonce).Initial()));

    [Fact]
    public async Task A_scram_success_without_a_proof_is_rejected()
    {
        using var peer = new SocketPeer(async call =>
        {
            await call.PlayAsync("S: 220 mx", "C: EHLO client.test", "S: 250-mx|250 AUTH SCRAM-SHA-256 PLAIN");
            Assert.StartsWith("AUTH SCRAM-SHA-256 ", await call.HearAsync(), StringComparison.Ordinal);
            await call.SayAsync("235 2.7.0 come in");
        });
        var connector = new SmtpConnector(
            "client.test", new DeliveryOptions(), new TlsClient([]), TimeProvider.System, NullLogger.Instance);
        var result = await connector.ConnectAsync("mx.b.test", peer.EndPoint, InClear, CancellationToken.None);
        Assert.Contains("did not prove", Assert.IsType<ConnectResult.Refused>(result).Reply.Text, StringComparison.Ordinal);
        await peer.Served;
    }

    [Fact]
    public async Task Inside_tls_a_password_needs_no_permission()
    {
        using var peer = new SocketPeer(async call =>
        {
            await call.StartTlsAsync(Certificates.For("mx.b.test"));
            await call.PlayAsync(
                "C: EHLO client.test", "S: 250-mx|250 AUTH PLAIN", $"C: AUTH PLAIN {Base64("\0user\0pencil")}", "S: 235 ok");
        });
        var egress = new Egress { Tls = TlsMode.Verify, Credentials = InClear.Credentials! with { IsAllowedInClear = false } };
        var connector = new SmtpConnector(
            "client.test", new DeliveryOptions(), new TlsClient([Certificates.Authority]), TimeProvider.System, NullLogger.Instance);
        Assert.IsType<ConnectResult.Connected>(await connector.ConnectAsync("mx.b.test", peer.EndPoint, egress, CancellationToken.None));
        await peer.Served;
    }

    [Fact]
    public async Task Without_tls_and_permission_the_password_is_not_sent()
    {
        var egress = new Egress { Credentials = InClear.Credentials! with { IsAllowedInClear = false } };
        var dialogue = new Dialogue(0, [.. Offering("PLAIN"), "C: *REST*"]) { Egress = egress };
        var refused = Assert.IsType<ConnectResult.Refused>(await dialogue.ConnectAsync());
        await dialogue.EndAsync();
        Assert.Equal("451 4.7.11 mx.b.test[192.0.2.1]:25: a password is not sent to a host without TLS", refused.Reply.ToString());
    }

    [Theory]
    [InlineData("S: 535 5.7.8 no, pencil is wrong", "the host refused user user: 535 5.7.8 no, *** is wrong")]
    [InlineData("S: 454 4.7.0 later", "the host refused user user: 454 4.7.0 later")]
    [InlineData("S: *DROP*", "connection lost")]
    public async Task A_failed_login_defers_the_route_and_logs_no_secret(string reply, string reason)
    {
        var log = new Lines();
        var dialogue =
            new Dialogue(0, [.. Offering("PLAIN"), $"C: AUTH PLAIN {Base64("\0user\0pencil")}", reply]) { Egress = InClear, Logger = log };
        var refused = Assert.IsType<ConnectResult.Refused>(await dialogue.ConnectAsync());
        await dialogue.EndAsync();
        Assert.Equal("4.7.8", refused.Reply.Status.ToString());
        Assert.Contains(reason, refused.Reply.Text, StringComparison.Ordinal);
        var line = Assert.Single(log.All);
        Assert.Contains("authentication failed for user user at mx.b.test[192.0.2.1]:25", line, StringComparison.Ordinal);
        Assert.Contains(reason, line, StringComparison.Ordinal);
        Assert.DoesNotContain("pencil", line + refused.Reply, StringComparison.Ordinal);
        Assert.DoesNotContain(Base64("\0user\0pencil"), line + refused.Reply, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_host_without_a_supported_mechanism_is_refused()
    {
        var dialogue = new Dialogue(0, Offering("GSSAPI CRAM-MD5")) { Egress = InClear };
        var refused = Assert.IsType<ConnectResult.Refused>(await dialogue.ConnectAsync());
        Assert.Contains("no supported AUTH mechanism", refused.Reply.Text, StringComparison.Ordinal);
        await dialogue.EndAsync();
    }

    [Fact]
    public async Task An_invalid_challenge_cancels_the_exchange()
    {
        var dialogue = new Dialogue(
            0, [.. Offering("PLAIN"), $"C: AUTH PLAIN {Base64("\0user\0pencil")}", "S: 334 ???", "C: *", "S: 501 5.7.0 as you wish"])
        { Egress = InClear };
        Assert.IsType<ConnectResult.Refused>(await dialogue.ConnectAsync());
        await dialogue.EndAsync();
    }

    [Fact]
    public async Task The_prompts_of_LOGIN_may_be_without_base64()
    {
        var dialogue = new Dialogue(
            0, [.. Offering("LOGIN"), "C: AUTH LOGIN", "S: 334 Username:", $"C: {Base64("user")}", "S: 334 Password:",
            $"C: {Base64("pencil")}", "S: 235 ok"])
        { Egress = InClear };
        await dialogue.ConnectedAsync();
        await dialogue.EndAsync();
    }

    [Fact]
    public async Task Endless_challenges_end_the_connection()
    {
        string[] more = ["S: 334 eA==", "C: *"];
        var dialogue = new Dialogue(0,
            [.. Offering("PLAIN"), $"C: AUTH PLAIN {Base64("\0user\0pencil")}", .. more, "S: 334 eA=="])
        { Egress = InClear };
        Assert.IsType<ConnectResult.Refused>(await dialogue.ConnectAsync());
        await dialogue.EndAsync();
    }

    [Theory]
    [InlineData("pencil\n", true)]
    [InlineData("pencil", true)]
    [InlineData("\n", false)]
    [InlineData(null, false)]
    public async Task The_password_is_read_from_its_file_for_each_connection(string? content, bool isGood)
    {
        using var folder = new TempFolder();
        var file = folder["password"];
        if (content is not null) await File.WriteAllTextAsync(file, content);
        string[] script = isGood ? [.. Offering("PLAIN"), $"C: AUTH PLAIN {Base64("\0user\0pencil")}", "S: 235 ok"] : Offering("PLAIN");
        var dialogue =
            new Dialogue(0, script) { Egress = new Egress { Credentials = new Credentials("user", "", file, IsAllowedInClear: true) } };
        var result = await dialogue.ConnectAsync();
        await dialogue.EndAsync();
        Assert.Equal(isGood, result is ConnectResult.Connected);
    }

    private static string[] Offering(string mechanisms) => ["S: 220 mx", "C: EHLO client.test", $"S: 250-mx|250 AUTH {mechanisms}"];

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    private static string Text(byte[]? octets) => Encoding.UTF8.GetString(octets!);

    private sealed class Lines : ILogger
    {
        public ConcurrentQueue<string> All { get; } = new();

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            All.Enqueue(formatter(state, exception) + exception);
    }
}
