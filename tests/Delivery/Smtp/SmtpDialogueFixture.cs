using Postfleet.Core.Queueing;
using Postfleet.Delivery.Smtp;
using Xunit;

namespace Postfleet.Delivery.Tests.Smtp;

/// <summary>Shared openings of the dialogue tests.</summary>
public abstract class SmtpDialogueFixture
{
    private protected static readonly string[] Plain = ["S: 220 mx", "C: EHLO client.test", "S: 250-mx|250 SIZE"];
    private protected static readonly string[] Pipelined =
        ["S: 220-mx|220 hello", "C: EHLO client.test", "S: 250-mx|250-PIPELINING|250-8BITMIME|250 SIZE 1000"];

    private protected static Disposition Fate(SendResult result, int recipient) =>
        Assert.Single(result.Outcomes, outcome => outcome.Recipients.Contains(recipient)).Disposition;
}
