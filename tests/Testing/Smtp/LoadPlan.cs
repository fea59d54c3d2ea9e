using System.Net;

namespace Postfleet.Testing;

/// <summary>The messages of a <see cref="LoadClient"/>.</summary>
/// <param name="Server">The server.</param>
/// <param name="Messages">The number of messages in all.</param>
public sealed record LoadPlan(IPEndPoint Server, int Messages)
{
    /// <summary>The number of concurrent connections.</summary>
    public int Sessions { get; init; } = 50;

    /// <summary>The approximate size of a message in octets, including its header.</summary>
    public int Octets { get; init; } = 4096;

    /// <summary>The start of every id (the Message-Id is <c>&lt;prefix.n@load.test&gt;</c>); different for each run.</summary>
    public string IdPrefix { get; init; } = "load";

    /// <summary>The reverse-path.</summary>
    public string Sender { get; init; } = "sender@load.test";

    /// <summary>The recipients of message n.</summary>
    public Func<int, IReadOnlyList<string>> Recipients { get; init; } = _ => ["someone@example.com"];
}
