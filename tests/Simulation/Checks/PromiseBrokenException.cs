using Postfleet.Core.Queueing;

namespace Postfleet.Simulation.Tests.Checks;

/// <summary>A promise was broken at this step.</summary>
internal sealed class PromiseBrokenException(string rule, string what, MessageId? message = null) : Exception($"{rule}: {what}")
{
    /// <summary>The promise, in a few words.</summary>
    public string Rule => rule;

    /// <summary>The message, if the promise concerns a single message.</summary>
    public MessageId? About => message;
}
