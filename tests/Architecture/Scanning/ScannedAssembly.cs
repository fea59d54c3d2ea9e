using System.Collections.Concurrent;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace Postfleet.Architecture.Tests.Scanning;

/// <summary>A method as seen in its IL.</summary>
/// <param name="Type">The outermost type around the method; lambdas and async bodies count for the type with their source.</param>
/// <param name="Name">Its name, after the name of its nested type; for lambdas and async bodies the compiler made both.</param>
/// <param name="Uses">The methods and fields it uses, as <c>Namespace.Type::Member</c>, with repetitions.</param>
internal sealed record ScannedMethod(string Type, string Name, IReadOnlyList<string> Uses)
{
    public override string ToString() => $"{Type} ({Name})";
}

/// <summary>A type with its nested types.</summary>
/// <param name="Name">Its full name.</param>
/// <param name="References">The types named by its fields, signatures, bases and bodies.</param>
internal sealed record ScannedType(string Name, IReadOnlySet<string> References)
{
    public string Namespace => Name.LastIndexOf('.') is > 0 and var dot ? Name[..dot] : "";
}

/// <summary>The references of an assembly, read from its metadata and IL without loading it.</summary>
internal sealed class ScannedAssembly
{
    private static readonly ConcurrentDictionary<string, ScannedAssembly> Cache = new();

    private ScannedAssembly(string path)
    {
        using var file = new PEReader(File.OpenRead(path));
        var metadata = file.GetMetadataReader();
        References = [.. metadata.AssemblyReferences.Select(handle => metadata.GetString(metadata.GetAssemblyReference(handle).Name))];
        var scanner = new TypeScanner(file, metadata);
        foreach (var handle in metadata.TypeDefinitions) scanner.Scan(handle);
        Types = [.. scanner.References.Select(pair => new ScannedType(pair.Key, pair.Value))];
        Methods = scanner.Methods;
    }

    /// <summary>The names of the referenced assemblies.</summary>
    public IReadOnlyList<string> References { get; }

    public IReadOnlyList<ScannedType> Types { get; }

    public IReadOnlyList<ScannedMethod> Methods { get; }

    public static ScannedAssembly Of(string path) => Cache.GetOrAdd(path, static path => new ScannedAssembly(path));
}
