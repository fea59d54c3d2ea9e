using System.Globalization;

namespace Postfleet.Load;

/// <summary>What to send where, and what to listen on.</summary>
internal sealed record Plan
{
    public const string Usage = """
        usage: Postfleet.Load --port N --sink-port N [options]
        Sends mail to the server at 127.0.0.1:PORT and takes it back at 0.0.0.0:SINK-PORT; prints one JSON object.
          --dns-port N         also answers DNS queries for bench.test at 127.0.0.1:N, over UDP
          --messages N         messages (20000)
          --sessions N         connections to the server at a time (50)
          --octets N           octets of a message's content (4096)
          --recipients N       recipients of a message, each in the next domain (1)
          --domains N          domains d0.bench.test, d1.bench.test, ... (1)
          --first-domain N     number of the first domain (0)
          --sites N            hosts behind the domains: the MX of domain D is mx(D mod sites).bench.test (4)
          --per-connection N   messages of a connection (all)
          --pipelining         MAIL, RCPT and DATA in one write; else one by one
          --stall SECONDS      gives up when nothing has moved for so long (60)
        """;

    /// <summary>Where the server listens, on 127.0.0.1.</summary>
    public required int Port { get; init; }

    public required int SinkPort { get; init; }

    /// <summary>0 for no DNS.</summary>
    public int DnsPort { get; init; }

    public int Messages { get; init; } = 20_000;

    public int Sessions { get; init; } = 50;

    /// <summary>Octets of header and body, without the final dot.</summary>
    public int Octets { get; init; } = 4096;

    public int Recipients { get; init; } = 1;

    public int Domains { get; init; } = 1;

    public int FirstDomain { get; init; }

    public int Sites { get; init; } = 4;

    public int PerConnection { get; init; } = int.MaxValue;

    public bool Pipelining { get; init; }

    public TimeSpan Stall { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Reads the command line.</summary>
    /// <exception cref="ArgumentException">An option is unknown, lacks its value, or has a bad one.</exception>
    public static Plan Read(ReadOnlySpan<string> arguments)
    {
        var plan = new Plan { Port = 0, SinkPort = 0 };
        for (var i = 0; i < arguments.Length; i++)
        {
            var name = arguments[i];
            if (name == "--pipelining")
            {
                plan = plan with { Pipelining = true };
                continue;
            }

            if (i + 1 == arguments.Length) throw new ArgumentException($"unknown option, or one without its value: {name}");
            plan = plan.With(name, arguments[++i]);
        }

        return plan is { Port: > 0, SinkPort: > 0 } ? plan : throw new ArgumentException("--port and --sink-port must be given");
    }

    private Plan With(string name, string text) => name switch
    {
        "--port" => this with { Port = Number(name, text, 1, ushort.MaxValue) },
        "--sink-port" => this with { SinkPort = Number(name, text, 1, ushort.MaxValue) },
        "--dns-port" => this with { DnsPort = Number(name, text, 0, ushort.MaxValue) },
        "--messages" => this with { Messages = Number(name, text, 1, 10_000_000) },
        "--sessions" => this with { Sessions = Number(name, text, 1, 10_000) },
        "--octets" => this with { Octets = Number(name, text, 256, 100_000_000) },
        "--recipients" => this with { Recipients = Number(name, text, 1, 1000) },
        "--domains" => this with { Domains = Number(name, text, 1, 10_000_000) },
        "--first-domain" => this with { FirstDomain = Number(name, text, 0, 1_000_000_000) },
        "--sites" => this with { Sites = Number(name, text, 1, DnsAnswer.MaxSites) },
        "--per-connection" => this with { PerConnection = Number(name, text, 1, int.MaxValue) },
        "--stall" => this with { Stall = TimeSpan.FromSeconds(Number(name, text, 1, 3600)) },
        _ => throw new ArgumentException($"unknown option: {name}"),
    };

    private static int Number(string name, string text, int low, int high) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= low && number <= high
            ? number
            : throw new ArgumentException($"{name} is '{text}'; it must be a number of {low} to {high}");
}
