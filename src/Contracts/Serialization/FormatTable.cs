using System.Collections.Frozen;

namespace Postfleet.Contracts.Serialization;

/// <summary>The formats of a serializer, by type for writing and by manifest for reading. Immutable.</summary>
internal sealed class FormatTable
{
    private readonly FrozenDictionary<Type, Codec> _byType;
    private readonly FrozenDictionary<string, Codec> _byManifest;

    /// <param name="formats">The formats. Of several formats of a type, the last is written; all are read.</param>
    /// <exception cref="InvalidOperationException">Two formats have the same manifest.</exception>
    public FormatTable(IReadOnlyCollection<Codec> formats)
    {
        if (formats.GroupBy(codec => codec.Manifest).FirstOrDefault(group => group.Count() > 1) is { } group)
        {
            throw new InvalidOperationException(
                $"the manifest '{group.Key}' names {group.Count()} formats: {string.Join(", ", group.Select(codec => codec.Type))}");
        }

        _byType = formats.GroupBy(codec => codec.Type).ToFrozenDictionary(group => group.Key, group => group.Last());
        _byManifest = formats.ToFrozenDictionary(codec => codec.Manifest);
    }

    /// <summary>The format for writing records of a type; null when there is none.</summary>
    public Codec? Find(Type type) => _byType.GetValueOrDefault(type);

    /// <summary>The format of a manifest; null when there is none.</summary>
    public Codec? Find(string manifest) => _byManifest.GetValueOrDefault(manifest);
}
