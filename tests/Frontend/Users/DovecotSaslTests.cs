using System.Net;
using System.Net.Sockets;
using System.Text;
using Postfleet.Authentication.Sasl;
using Postfleet.Core.Users;
using Postfleet.Frontend.Authentication;
using Postfleet.Frontend.Tests.Fixtures;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.Frontend.Tests.Users;

/// <summary>Passwords that a real Dovecot checks, and servers that only seem to be one.</summary>
public sealed class DovecotSaslTests : IAsyncLifetime
{
    private const string Name = "alice@x.test";

    private readonly FakeUsers _users = new();
    private readonly TempFolder _folder = new("dovecot-sasl");
    private Dovecot? _dovecot;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        if (_dovecot is not null) await _dovecot.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Passwords_are_checked_and_unknown_mechanisms_are_not_offered_any_more()
    {
        var sasl = Sasl(await DovecotAsync(), "SCRAM-SHA-256", "CRAM-MD5", "PLAIN", "LOGIN");
        var result = await PlainAsync(sasl, "correct horse");
        Assert.Equal((SaslResultKind.Succeeded, Name, "PLAIN"), (result.Kind, result.Login!.Name, result.Login.Mechanism));
        Assert.True(result.Login.User.MaySendFrom(Core.Mail.Mailbox.Parse(Name)));
        Assert.False(result.Login.User.MaySendFrom(Core.Mail.Mailbox.Parse("bob@x.test")));
        Assert.Equal(["SCRAM-SHA-256", "PLAIN", "LOGIN"], sasl.Mechanisms);

        var wrong = await PlainAsync(sasl, "wrong");
        Assert.Equal((SaslResultKind.Failed, SaslFailure.Credentials), (wrong.Kind, wrong.Failure));
        Assert.Equal(SaslResultKind.Failed, (await PlainAsync(sasl, "correct horse", "nobody@x.test")).Kind);
    }

    [Fact]
    public async Task A_dialogue_of_several_steps_is_passed_on()
    {
        var sasl = Sasl(await DovecotAsync(), "LOGIN");
        using var dialogue = sasl.Begin("login", Client)!;
        var user = await dialogue.NextAsync(null, default);
        Assert.Equal((SaslResultKind.Challenge, "Username:"), (user.Kind, Encoding.ASCII.GetString(user.Challenge.Span)));
        var password = await dialogue.NextAsync(Encoding.ASCII.GetBytes(Name), default);
        Assert.Equal("Password:", Encoding.ASCII.GetString(password.Challenge.Span));
        Assert.Equal(SaslResultKind.Succeeded, (await dialogue.NextAsync("correct horse"u8.ToArray(), default)).Kind);
    }

    [Fact]
    public async Task Rights_are_those_of_the_user_of_the_same_name()
    {
        Assert.True(AddressPattern.TryParse("*@y.test", out var pattern));
        _users.Put(new MailUser(Name) { Addresses = [pattern] });
        var sasl = Sasl(await DovecotAsync(), "PLAIN");
        var login = (await PlainAsync(sasl, "correct horse")).Login!;
        Assert.True(login.User.MaySendFrom(Core.Mail.Mailbox.Parse("any@y.test")));
        Assert.True(sasl.IsCurrent(login));

        _users.Put(new MailUser(Name) { IsDisabled = true });
        Assert.False(sasl.IsCurrent(login));
        Assert.Null(await sasl.RenewAsync(login, default));
        Assert.Equal(SaslResultKind.Failed, (await PlainAsync(sasl, "correct horse")).Kind);
    }

    [Fact]
    public async Task Without_a_server_clients_may_try_again()
    {
        var result = await PlainAsync(Sasl(_folder["missing"], "PLAIN"), "correct horse");
        Assert.Equal(SaslResultKind.Unavailable, result.Kind);
        Assert.Contains(_folder["missing"], result.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "closed the connection")]
    [InlineData("VERSION\t2\t0\n", "version 2")]
    [InlineData("VERSION\t1\t1\nMECH\tPLAIN\nDONE\nFAIL\t1\ttemp\n", "temporary failure")]
    [InlineData("VERSION\t1\t1\nMECH\tPLAIN\nDONE\nFAIL\t1\tuser=x\tcode=temp_fail\n", "temporary failure")]
    [InlineData("VERSION\t1\t1\nMECH\tPLAIN\nDONE\nCONT\t1\t!!!\n", "Base64")]
    [InlineData("VERSION\t1\t1\nMECH\tPLAIN\nDONE\nOK\t1\tuser=\u0001t\n", "name that no user can have")]
    [InlineData("LONG", "too long")]
    [InlineData("ENDLESS", "does not end")]
    public async Task Answers_that_make_no_sense_defer(string answer, string reason)
    {
        var text = answer switch
        {
            "LONG" => new string('x', 100_000),
            "ENDLESS" => string.Concat(Enumerable.Repeat("NOISE\n", 1000)),
            _ => answer,
        };
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(_folder["socket"]));
        listener.Listen();
        var serving = ServeAsync(listener, text);
        var result = await PlainAsync(Sasl(_folder["socket"], "PLAIN"), "correct horse");
        Assert.Equal(SaslResultKind.Unavailable, result.Kind);
        Assert.Contains(reason, result.Reason, StringComparison.Ordinal);
        await serving;
    }

    [Fact]
    public async Task Clients_that_do_not_answer_leave_dialogues_to_other_networks()
    {
        var sasl = Sasl(await DovecotAsync(), "PLAIN", "LOGIN");
        var idle = new List<ISaslDialogue>();
        SaslResult result;
        do
        {
            idle.Add(sasl.Begin("LOGIN", Client)!);
            result = await idle[^1].NextAsync(null, default);
        }
        while (result.Kind == SaslResultKind.Challenge);

        Assert.Equal(SaslResultKind.Unavailable, result.Kind);
        using (var other = sasl.Begin("PLAIN", Client with { Address = IPAddress.Parse("192.0.2.1") })!)
        {
            var answer = await other.NextAsync(Encoding.UTF8.GetBytes($"\0{Name}\0correct horse"), default);
            Assert.Equal(SaslResultKind.Succeeded, answer.Kind);
        }

        foreach (var dialogue in idle) dialogue.Dispose();
        Assert.Equal(SaslResultKind.Succeeded, (await PlainAsync(sasl, "correct horse")).Kind);
    }

    private static async Task ServeAsync(Socket listener, string text)
    {
        using var peer = await listener.AcceptAsync();
        try
        {
            await peer.SendAsync(Encoding.UTF8.GetBytes(text));
            peer.Shutdown(SocketShutdown.Send);
            var buffer = new byte[4096];
            while (await peer.ReceiveAsync(buffer) > 0)
            {
            }
        }
        catch (SocketException)
        {
            // The client has closed the connection in the middle of an answer.
        }
    }

    private static readonly SaslClient Client = new("submission", IPAddress.Loopback, IsSecure: true, default);

    private static async Task<SaslResult> PlainAsync(DovecotSasl sasl, string password, string name = Name)
    {
        using var dialogue = sasl.Begin("PLAIN", Client)!;
        return await dialogue.NextAsync(Encoding.UTF8.GetBytes($"\0{name}\0{password}"), default);
    }

    private async Task<string> DovecotAsync()
    {
        _dovecot = await Dovecot.StartAsync(new Dictionary<string, int?> { [Name] = null }, "correct horse");
        return _dovecot.AuthenticationSocket;
    }

    private DovecotSasl Sasl(string socket, params string[] mechanisms) =>
        new(socket, mechanisms, _users, new GuessGuard(TimeProvider.System), TimeProvider.System);
}
