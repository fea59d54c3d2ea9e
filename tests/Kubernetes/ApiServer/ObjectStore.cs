using System.Globalization;
using System.Text.Json.Nodes;
using System.Threading.Channels;

namespace Postfleet.Kubernetes.Tests.ApiServer;

/// <summary>The objects of the stand-in, with those who watch them. Thread-safe.</summary>
internal sealed class ObjectStore
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, JsonObject> _objects = new(StringComparer.Ordinal);
    private readonly List<(string Prefix, ChannelWriter<JsonObject> Events)> _watchers = [];
    private long _version = 1;

    /// <summary>The version of the last change.</summary>
    public string Version
    {
        get
        {
            lock (_lock) return _version.ToString(CultureInfo.InvariantCulture);
        }
    }

    /// <summary>The object of a path; null if there is none.</summary>
    public JsonObject? Find(string path)
    {
        lock (_lock) return _objects.TryGetValue(path, out var found) ? (JsonObject)found.DeepClone() : null;
    }

    /// <summary>The objects whose paths begin with a prefix.</summary>
    public IReadOnlyList<JsonObject> List(string prefix)
    {
        lock (_lock)
        {
            return [.. _objects.Where(pair => pair.Key.StartsWith(prefix, StringComparison.Ordinal))
                .Select(pair => (JsonObject)pair.Value.DeepClone())];
        }
    }

    /// <summary>The paths of all objects.</summary>
    public IReadOnlyList<string> Paths()
    {
        lock (_lock) return [.. _objects.Keys];
    }

    /// <summary>Stores an object, with a new version.</summary>
    public JsonObject Put(string path, JsonObject value)
    {
        lock (_lock)
        {
            var isNew = !_objects.TryGetValue(path, out var old);
            var metadata = value["metadata"]!.AsObject();
            metadata["uid"] = (string?)old?["metadata"]!["uid"] ?? Guid.NewGuid().ToString();
            metadata["creationTimestamp"] = (string?)old?["metadata"]!["creationTimestamp"] ?? "2026-01-01T00:00:00Z";
            metadata["resourceVersion"] = (++_version).ToString(CultureInfo.InvariantCulture);
            // A change of the specification is a new generation, which controllers then observe.
            var generation = (long?)old?["metadata"]!["generation"] ?? 0;
            metadata["generation"] = JsonNode.DeepEquals(old?["spec"], value["spec"]) && !isNew ? generation : generation + 1;
            _objects[path] = (JsonObject)value.DeepClone();
            Tell(path, isNew ? "ADDED" : "MODIFIED", value);
            return value;
        }
    }

    /// <summary>Removes an object; null if there is none.</summary>
    public JsonObject? Remove(string path)
    {
        lock (_lock)
        {
            if (!_objects.Remove(path, out var old)) return null;
            old["metadata"]!["resourceVersion"] = (++_version).ToString(CultureInfo.InvariantCulture);
            Tell(path, "DELETED", old);
            return old;
        }
    }

    /// <summary>Begins to watch a prefix: the objects that are there now, and the events after that.</summary>
    public (IReadOnlyList<JsonObject> Now, ChannelReader<JsonObject> Events, Action End) Watch(string prefix)
    {
        var channel = Channel.CreateUnbounded<JsonObject>();
        lock (_lock)
        {
            var watcher = (prefix, channel.Writer);
            _watchers.Add(watcher);
            return (List(prefix), channel.Reader, () =>
            {
                lock (_lock) _watchers.Remove(watcher);
            }
            );
        }
    }

    private void Tell(string path, string type, JsonObject value)
    {
        foreach (var (prefix, events) in _watchers)
        {
            if (path.StartsWith(prefix, StringComparison.Ordinal))
                events.TryWrite(new JsonObject { ["type"] = type, ["object"] = value.DeepClone() });
        }
    }
}
