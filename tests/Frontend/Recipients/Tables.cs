using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Frontend.Intake;
using Postfleet.Frontend.Options;
using Postfleet.Frontend.RecipientFiles;
using Postfleet.Frontend.Recipients;
using Postfleet.Frontend.Tests.Fixtures;
using Xunit;

namespace Postfleet.Frontend.Tests.Recipients;

/// <summary>Entries of recipients from the text of a file. The inbound domains are own.test, old.test and open.test.</summary>
internal static class Tables
{
    public static InboundOptions Inbound { get; } = new()
    {
        Domains = [DomainPattern.Parse("own.test"), DomainPattern.Parse("old.test"), DomainPattern.Parse("open.test")],
        RecipientDelimiter = "+",
    };

    public static DomainSet Domains { get; } = new(Inbound.Domains);

    public static RecipientTable Of(string text)
    {
        var entries = new Dictionary<string, RecipientEntry>(StringComparer.Ordinal);
        Assert.Null(RecipientFile.Read(text.ReplaceLineEndings("\n").Split('\n'), entries));
        return new RecipientTable(entries);
    }

    public static RecipientRules Rules(string text, RelayOptions? relay = null, RouteRule[]? routes = null)
    {
        var table = Of(text);
        return new RecipientRules(() => table, Inbound, World.RelayOf(relay, routes));
    }
}
