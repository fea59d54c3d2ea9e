namespace Postfleet.Tools.Loading;

/// <summary>The settings of a run.</summary>
internal sealed record Plan
{
    public const string Usage = """
                 sends mail to the server at 127.0.0.1:PORT and, with --sink-port, receives its deliveries; prints a JSON object with rates and times
                 --sink-port N        port of the sink, at 0.0.0.0, to which the server delivers; without it deliveries are not measured
                 --dns-port N         also answers DNS queries for bench.test at 127.0.0.1:N, over UDP
                 --messages N         messages (20000)
                 --sessions N         concurrent connections to the server (50)
                 --octets N           octets of a message's content, its header included (4096)
                 --top FILE           header lines above the content, such as a signature over From, To, Subject, Date and body (none)
                 --recipients N       recipients of a message, each in the next domain (1)
                 --domains N          domains d0.bench.test, d1.bench.test, ... (1)
                 --first-domain N     number of the first domain (0)
                 --sites N            hosts behind the domains: the MX of domain D is mx(D mod sites).bench.test (4)
                 --per-connection N   messages of a connection (all)
                 --rate N             maximum rate in messages a second, over all sessions (no limit)
                 --login NAME:WORD    each connection authenticates by AUTH PLAIN, in the clear (no)
                 --users N            the connections take the users NAME0, NAME1, ... in turn (1: NAME alone)
                 --pipelining         MAIL, RCPT and DATA in a single write; otherwise each waits for its reply
                 --stall SECONDS      ends after this time without progress (60)
        """;

    /// <summary>The server's port on 127.0.0.1.</summary>
    public required int Port { get; init; }

    /// <summary>The port of the sink; 0 for no sink.</summary>
    public int SinkPort { get; init; }

    /// <summary>The port of the DNS responder; 0 for none.</summary>
    public int DnsPort { get; init; }

    public int Messages { get; init; } = 20_000;

    public int Sessions { get; init; } = 50;

    /// <summary>Octets of header and body, without the final dot.</summary>
    public int Octets { get; init; } = 4096;

    /// <summary>Header lines above the content, not in <see cref="Octets"/>.</summary>
    public byte[] Top { get; init; } = [];

    public int Recipients { get; init; } = 1;

    public int Domains { get; init; } = 1;

    public int FirstDomain { get; init; }

    public int Sites { get; init; } = 4;

    public int PerConnection { get; init; } = int.MaxValue;

    /// <summary>The most messages a second; 0 for no limit.</summary>
    public int Rate { get; init; }

    /// <summary>Name and password, with a colon between them; empty for no authentication.</summary>
    public string Login { get; init; } = "";

    public int Users { get; init; } = 1;

    public bool Pipelining { get; init; }

    /// <summary>The longest time without progress.</summary>
    public TimeSpan Stall { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Reads the command line.</summary>
    /// <exception cref="ArgumentException">An option is unknown, or its value is missing or invalid.</exception>
    public static Plan Read(Arguments arguments)
    {
        var plan = new Plan { Port = arguments.Required("--port", 1, ushort.MaxValue) };
        plan = plan with
        {
            SinkPort = arguments.Number("--sink-port", plan.SinkPort, 1, ushort.MaxValue),
            DnsPort = arguments.Number("--dns-port", plan.DnsPort, 1, ushort.MaxValue),
            Messages = arguments.Number("--messages", plan.Messages, 1, 10_000_000),
            Sessions = arguments.Number("--sessions", plan.Sessions, 1, 10_000),
            Octets = arguments.Number("--octets", plan.Octets, Content.MinOctets, 100_000_000),
            Recipients = arguments.Number("--recipients", plan.Recipients, 1, 1000),
            Domains = arguments.Number("--domains", plan.Domains, 1, 10_000_000),
            FirstDomain = arguments.Number("--first-domain", plan.FirstDomain, 0, 1_000_000_000),
            Sites = arguments.Number("--sites", plan.Sites, 1, DnsAnswer.MaxSites),
            PerConnection = arguments.Number("--per-connection", plan.PerConnection, 1, int.MaxValue),
            Rate = arguments.Number("--rate", plan.Rate, 1, 1_000_000),
            Login = arguments.Text("--login"),
            Users = arguments.Number("--users", plan.Users, 1, 10_000),
            Pipelining = arguments.Switch("--pipelining"),
            Stall = TimeSpan.FromSeconds(arguments.Number("--stall", (int)plan.Stall.TotalSeconds, 1, 3600)),
        };
        var top = arguments.Text("--top");
        arguments.End();
        if (top.Length > 0) plan = plan with { Top = ReadTop(top) };
        if (plan.Login.Length > 0 && !plan.Login.Contains(':')) throw new ArgumentException("--login needs a name, a colon and a password");
        return plan is { SinkPort: 0, DnsPort: > 0 } ? throw new ArgumentException("--dns-port needs --sink-port") : plan;
    }

    private static byte[] ReadTop(string file)
    {
        try
        {
            return File.ReadAllBytes(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ArgumentException($"--top is '{file}': {e.Message}", e);
        }
    }
}
