-- Tells the cxr gateway of every series that is stable, that is, of which nothing new came for
-- Orthanc's "StableAge" seconds. Name this file under "LuaScripts" in Orthanc's configuration.
--
-- Environment of Orthanc's process:
--   CXR_PACS_URL    where the gateway listens; by default http://127.0.0.1:8043
--   CXR_PACS_TOKEN  the gateway's token, if it has one
--
-- A call that fails is lost without harm: the gateway also polls.

local modalities = { CR = true, DX = true }

function OnStableSeries(seriesId, tags, metadata)
  if not modalities[tags['Modality'] or ''] then
    return
  end
  local study = ParseJson(RestApiGet('/series/' .. seriesId .. '/study'))
  local headers = { ['Content-Type'] = 'application/json' }
  local token = os.getenv('CXR_PACS_TOKEN')
  if token ~= nil and token ~= '' then
    headers['Authorization'] = 'Bearer ' .. token
  end
  local url = (os.getenv('CXR_PACS_URL') or 'http://127.0.0.1:8043') .. '/series'
  HttpPost(
    url,
    DumpJson({
      study = study['MainDicomTags']['StudyInstanceUID'],
      series = tags['SeriesInstanceUID']
    }, false),
    headers)
end
