using System.Net;

namespace Postfleet.Testing;

/// <summary>What a <see cref="LoadClient"/> sends.</summary>
/// <param name="Server">To whom.</param>
/// <param name="Messages">How many messages in all.</param>
public sealed record LoadPlan(IPEndPoint Server, int Messages)
{
    /// <summary>How many connections at once.</summary>
    public int Sessions { get; init; } = 50;

    /// <summary>About how many octets a message has, its header included.</summary>
    public int Octets { get; init; } = 4096;

    /// <summary>The start of every id (the Message-Id is <c>&lt;prefix.n@load.test&gt;</c>); give each run its own.</summary>
    public string IdPrefix { get; init; } = "load";

    /// <summary>The reverse-path.</summary>
    public string Sender { get; init; } = "sender@load.test";

    /// <summary>The recipients of message n.</summary>
    public Func<int, IReadOnlyList<string>> Recipients { get; init; } = _ => ["someone@example.com"];
}
