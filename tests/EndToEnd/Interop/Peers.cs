using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.EndToEnd.Tests.Interop;

/// <summary>
/// One node among foreign servers, started once for all tests: Postfix and Exim, with routes of each kind to their domains (<c>tls.</c>,
/// <c>smtps.</c>, <c>stranger.</c> by a name that is not in the certificate, and a route with a login each), and a sink for all other mail
/// with all needed extensions.
/// </summary>
public sealed class Peers : IAsyncLifetime
{
    /// <summary>The longest wait for mail.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    private static readonly string[] Logins = ["plain.exim", "login.exim", "late.exim", "plain.postfix", "scram.postfix", "late.postfix"];

    private readonly TempFolder _folder = new("interop");
    private readonly List<IAsyncDisposable> _started = [];

    /// <summary>The authority of all servers' certificates.</summary>
    public MailAuthority Authority { get; } = new();

    /// <summary>Accepts mail for all other domains, including reports.</summary>
    public SmtpSink Sink { get; } = new(new SinkOptions
    {
        KeepContent = true,
        KeepCommands = true,
        Script = step => step.Stage == SinkStage.Hello && step.Line.StartsWith("EHLO", StringComparison.OrdinalIgnoreCase)
            ? SinkAction.Reply(
                "250 sink.test\n250 PIPELINING\n250 8BITMIME\n250 SMTPUTF8\n250 DSN\n250 ENHANCEDSTATUSCODES\n250 SIZE 30000000")
            : SinkAction.Accept,
    });

    /// <summary>
    /// The node. Its certificate is for <c>localhost</c>, its second listener has implicit TLS, and two are for submission.
    /// </summary>
    public PostfleetNode Node { get; private set; } = null!;

    /// <summary>A listener of the node for submission, with STARTTLS or with implicit TLS.</summary>
    public IPEndPoint Submission(bool isImplicit) => Node.Listeners[isImplicit ? 3 : 2];

    /// <summary>A real Postfix.</summary>
    public Postfix Postfix { get; } = new();

    /// <summary>A real Exim.</summary>
    public Exim Exim { get; } = new();

    /// <summary>The server whose domain begins with a name.</summary>
    public IMailPeer this[string name] => name == "exim" ? Exim : Postfix;

    /// <inheritdoc/>
    public async Task InitializeAsync()
    {
        var dovecot = Started(await Dovecot.StartAsync(Logins.ToDictionary(login => login, _ => (int?)null), PeerPlan.Password));
        var records = new DnsRecords();
        foreach (var peer in (IMailPeer[])[Postfix, Exim])
        {
            records = records.Address(peer.Host, peer.EndPoint.Address.ToString())
                .Address($"stranger.{peer.Domain}", peer.EndPoint.Address.ToString());
        }

        var dns = Started(await Dnsmasq.StartAsync(records));
        Node = Started(
            new PostfleetNode(new NodeSpec { DnsServers = [dns.EndPoint.ToString()], Configure = Configure, LinesHeld = 20_000 }));
        await Node.StartAsync();
        await PeerUsers.CreateAsync(Node);

        var plan = new PeerPlan(Authority, Sink.Port, Node.Relay.Port)
        {
            AuthenticationSocket = dovecot.AuthenticationSocket,
            Submission = (Submission(isImplicit: false).Port, Submission(isImplicit: true).Port),
            Submitter = (PeerUsers.Name, PeerUsers.Password),
        };
        await Started(Postfix).StartAsync(plan);
        await Started(Exim).StartAsync(plan);
    }

    /// <inheritdoc/>
    public async Task DisposeAsync()
    {
        foreach (var server in Enumerable.Reverse(_started))
        {
            await server.DisposeAsync();
        }

        await Sink.DisposeAsync();
        Authority.Dispose();
        _folder.Dispose();
    }

    /// <summary>
    /// Corrects the password of the users <c>late.exim</c> and <c>late.postfix</c>, whose routes start with a wrong password.
    /// </summary>
    public void CorrectPassword(string user) => File.WriteAllText(_folder[user], PeerPlan.Password);

    /// <summary>Sends a message to a server, which must accept it for all recipients.</summary>
    /// <param name="server">The endpoint of the server.</param>
    /// <param name="mail">The sender, and parameters of MAIL.</param>
    /// <param name="recipients">The recipients, each with the parameters of RCPT.</param>
    /// <param name="content">The message.</param>
    public static async Task SendAsync(IPEndPoint server, (string Path, string Parameters) mail,
        IReadOnlyCollection<(string Path, string Parameters)> recipients, byte[] content)
    {
        using var client = await SmtpClientLite.ConnectAsync(server);
        string[] commands =
        [
            "EHLO client.test", $"MAIL FROM:<{mail.Path}> {mail.Parameters}".TrimEnd(),
            .. recipients.Select(recipient => $"RCPT TO:<{recipient.Path}> {recipient.Parameters}".TrimEnd()), "DATA",
        ];
        foreach (var command in commands)
        {
            var reply = await client.CommandAsync(command);
            Assert.True(reply.IsPositive, $"{command}: {reply}");
        }

        await client.SendAsync(DotUnstuffer.Stuff(content));
        var taken = await client.ReadReplyAsync();
        Assert.True(taken.Code == 250, taken.ToString());
        Assert.Equal(221, (await client.CommandAsync("QUIT")).Code);
    }

    /// <summary>Waits for the single message that a server stores for a recipient.</summary>
    public static async Task<StoredMail> StoredAsync(IMailPeer peer, string recipient)
    {
        await Eventually.True(
            () => Task.FromResult(peer.Messages(recipient).Count > 0), Limit,
            () => $"nothing for {recipient}; the log ends with\n{string.Join('\n', peer.Log().TakeLast(40))}");
        return Assert.Single(peer.Messages(recipient));
    }

    /// <summary>Waits until a server has logged commands with a prefix. The log may be later than the mail.</summary>
    /// <returns>All of them.</returns>
    public static async Task<IReadOnlyList<string>> CommandsAsync(IMailPeer peer, string start, int count = 1)
    {
        List<string> found = [];
        await Eventually.True(
            () => Task.FromResult(
                (found = [.. peer.Commands().Where(command => command.StartsWith(start, StringComparison.Ordinal))]).Count >= count),
            Limit,
            () => $"{found.Count} of {count} commands '{start}'");
        return found;
    }

    /// <summary>Waits until a server's log has lines with a text.</summary>
    /// <returns>All of them.</returns>
    public static async Task<IReadOnlyList<string>> LoggedAsync(IMailPeer peer, string text, int count = 1)
    {
        List<string> found = [];
        await Eventually.True(
            () => Task.FromResult((found = [.. peer.Log().Where(line => line.Contains(text, StringComparison.Ordinal))]).Count >= count),
            Limit,
            () => $"{found.Count} of {count} lines with '{text}'");
        return found;
    }

    /// <summary>Waits for the single message that the sink receives for a recipient.</summary>
    public async Task<SinkMessage> ArrivedAsync(string recipient)
    {
        IEnumerable<SinkMessage> For() => Sink.Messages.Where(message => message.Recipients.Contains(recipient));
        await Eventually.True(() => Task.FromResult(For().Any()), Limit, () => Node.Process
            .Failure($"nothing for {recipient}; of Postfix: {Outcomes()}").Message);
        return Assert.Single(For());
    }

    /// <summary>The MAIL and RCPT commands of a recipient at the sink.</summary>
    public (string Mail, string Recipient) CommandsFor(SinkMessage message, string recipient)
    {
        var commands = Sink.Commands(message.Connection);
        var at = commands.ToList().FindIndex(line => line.StartsWith($"RCPT TO:<{recipient}>", StringComparison.OrdinalIgnoreCase));
        return (commands.Take(at).Last(line => line.StartsWith("MAIL", StringComparison.OrdinalIgnoreCase)), commands[at]);
    }

    private string Outcomes() =>
        string.Join('\n', Postfix.Log().Where(line => line.Contains(" status=", StringComparison.Ordinal)).TakeLast(5));

    private T Started<T>(T server)
        where T : IAsyncDisposable
    {
        _started.Add(server);
        return server;
    }

    private void Configure(JsonObject json)
    {
        var (certificate, key) = Authority.Issue("localhost");
        json["Tls"] = new JsonObject { ["Certificate"] = certificate, ["Key"] = key };
        json["Listeners"] = new JsonArray(
            new JsonObject { ["Endpoint"] = "127.0.0.1:0" }, new JsonObject { ["Endpoint"] = "127.0.0.1:0", ["ImplicitTls"] = true },
            new JsonObject { ["Endpoint"] = "127.0.0.1:0", ["Service"] = "submission" },
            new JsonObject { ["Endpoint"] = "127.0.0.1:0", ["Service"] = "submission", ["ImplicitTls"] = true });
        json["Auth"] = PeerUsers.Section(_folder["jwks.json"]);
        // Connections are not reused, because Postfix reads changed tables only for a new connection.
        json["Delivery"] =
            new JsonObject { ["IdleConnection"] = "500ms", ["Tls"] = new JsonObject { ["Authorities"] = Authority.CertificateFile } };
        json["Queues"] = new JsonObject
        {
            ["FirstRetry"] = "1s",
            ["MaxRetry"] = "2s",
            ["Domains"] = new JsonArray([.. ((IMailPeer[])[Postfix, Exim])
                .Select(peer => new JsonObject { ["Domain"] = $"stranger.{peer.Domain}", ["Lifetime"] = "2s" })]),
        };
        json["Routes"] = new JsonArray(
        [
            new JsonObject { ["Domain"] = "refused.test", ["To"] = "reject" },
            .. Routes(Postfix), .. Routes(Exim),
            new JsonObject { ["Domain"] = $"masked.{Postfix.Domain}", ["To"] = Text($"smtp://{Postfix.Host}:{PeerPlan.MaskedPort}"),
                ["Tls"] = "none" },
            Login("plain.postfix", Postfix, PeerPlan.PlainPort), Login("scram.postfix", Postfix, PeerPlan.OtherPort),
            Login("late.postfix", Postfix, PeerPlan.OtherPort),
            Login("plain.exim", Exim, PeerPlan.PlainPort), Login("login.exim", Exim, PeerPlan.OtherPort),
            Login("late.exim", Exim, PeerPlan.OtherPort),
            new JsonObject { ["Domain"] = "*", ["To"] = $"smtp://{Sink.EndPoint}" },
        ]);
    }

    private static JsonObject[] Routes(IMailPeer peer) =>
    [
        new() { ["Domain"] = peer.Domain, ["To"] = Text($"smtp://{peer.Host}:{PeerPlan.Port}"), ["Tls"] = "none" },
        new() { ["Domain"] = $"tls.{peer.Domain}", ["To"] = Text($"smtp://{peer.Host}:{PeerPlan.Port}"), ["Tls"] = "verify" },
        new() { ["Domain"] = $"stranger.{peer.Domain}", ["To"] = Text($"smtp://stranger.{peer.Domain}:{PeerPlan.Port}"),
            ["Tls"] = "verify" },
        new() { ["Domain"] = $"smtps.{peer.Domain}", ["To"] = Text($"smtps://{peer.Host}:{PeerPlan.TlsPort}") },
    ];

    // The user name is the name of the route.
    private JsonObject Login(string user, IMailPeer peer, int port)
    {
        File.WriteAllText(_folder[user], user.StartsWith("late", StringComparison.Ordinal) ? "wrong" : PeerPlan.Password);
        return new()
        {
            ["Domain"] = $"{user}.test",
            ["To"] = Text($"smtp://{peer.Host}:{port}"),
            ["User"] = user,
            ["PasswordFile"] = _folder[user]
        };
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
