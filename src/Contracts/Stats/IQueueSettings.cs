using Postfleet.Core.Queueing;

namespace Postfleet.Contracts.Stats;

/// <summary>
/// The weight and the times of queues by the configuration of this node. Implemented by the module QueueActors. Thread-safe.
/// </summary>
public interface IQueueSettings
{
    /// <summary>The settings of a queue, also of one without mail.</summary>
    IReadOnlyList<QueueSetting> Find(QueueKey queue);
}

/// <summary>A setting of a queue.</summary>
/// <param name="Name">Its name, as the last part of its key.</param>
/// <param name="Value">The value, as in the configuration.</param>
/// <param name="Key">The key of the configuration that has it; the section alone where the section has no entry.</param>
public sealed record QueueSetting(string Name, string Value, string Key);
