using Postfleet.Core.Queueing;

namespace Postfleet.Simulation.Tests.Checks;

/// <summary>A promise was broken at this step.</summary>
internal sealed class PromiseBrokenException(string rule, string what, MessageId? message = null) : Exception($"{rule}: {what}")
{
    /// <summary>Which promise, in a few words.</summary>
    public string Rule => rule;

    /// <summary>Whose, when it is about one message.</summary>
    public MessageId? About => message;
}
