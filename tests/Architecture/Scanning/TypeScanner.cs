using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace Postfleet.Architecture.Tests.Scanning;

/// <summary>Collects the references of types, in the metadata of an assembly.</summary>
internal sealed class TypeScanner(PEReader file, MetadataReader metadata)
{
    private readonly Dictionary<string, HashSet<string>> _references = [];
    private readonly List<ScannedMethod> _methods = [];

    public IReadOnlyDictionary<string, HashSet<string>> References => _references;

    public IReadOnlyList<ScannedMethod> Methods => _methods;

    public void Scan(TypeDefinitionHandle handle)
    {
        var type = metadata.GetTypeDefinition(handle);
        var name = TypeNames.Outermost(metadata, handle);
        if (!_references.TryGetValue(name, out var references)) _references.Add(name, references = []);
        var names = new TypeNames(references);
        names.Add(metadata, type.BaseType);
        foreach (var implementation in type.GetInterfaceImplementations())
        {
            names.Add(metadata, metadata.GetInterfaceImplementation(implementation).Interface);
        }

        foreach (var field in type.GetFields()) metadata.GetFieldDefinition(field).DecodeSignature(names, null);
        // An async body is the MoveNext of a nested type named after its method.
        var prefix = type.GetDeclaringType().IsNil ? "" : $"{metadata.GetString(type.Name)}.";
        foreach (var method in type.GetMethods()) Scan(metadata.GetMethodDefinition(method), name, prefix, names);
    }

    private void Scan(MethodDefinition method, string type, string prefix, TypeNames names)
    {
        method.DecodeSignature(names, null);
        var uses = new List<string>();
        if (method.RelativeVirtualAddress != 0)
        {
            var body = file.GetMethodBody(method.RelativeVirtualAddress);
            if (!body.LocalSignature.IsNil) metadata.GetStandaloneSignature(body.LocalSignature).DecodeLocalSignature(names, null);
            foreach (var token in IlTokens.In(body.GetILBytes()!)) Use(MetadataTokens.EntityHandle(token), names, uses);
        }

        _methods.Add(new ScannedMethod(type, prefix + metadata.GetString(method.Name), uses));
    }

    private void Use(EntityHandle handle, TypeNames names, List<string> uses)
    {
        switch (handle.Kind)
        {
            case HandleKind.MethodSpecification:
                var specification = metadata.GetMethodSpecification((MethodSpecificationHandle)handle);
                specification.DecodeSignature(names, null);
                Use(specification.Method, names, uses);
                break;
            case HandleKind.MemberReference:
                var member = metadata.GetMemberReference((MemberReferenceHandle)handle);
                var owner = names.Add(metadata, member.Parent);
                if (member.GetKind() == MemberReferenceKind.Method) member.DecodeMethodSignature(names, null);
                uses.Add($"{owner}::{metadata.GetString(member.Name)}");
                break;
            case HandleKind.MethodDefinition:
                var method = metadata.GetMethodDefinition((MethodDefinitionHandle)handle);
                uses.Add($"{names.Add(metadata, method.GetDeclaringType())}::{metadata.GetString(method.Name)}");
                break;
            case HandleKind.TypeReference or HandleKind.TypeDefinition or HandleKind.TypeSpecification:
                names.Add(metadata, handle);
                break;
        }
    }
}
